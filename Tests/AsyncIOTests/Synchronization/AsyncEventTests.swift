// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncEventTests {
  @Test func `An event begins unset, and is set and cleared`() {
    let event = AsyncEvent()
    #expect(!event.isSet)
    event.set()
    event.set()
    #expect(event.isSet)
    event.clear()
    #expect(!event.isSet)
  }

  @Test func `Waiting for a set event returns without suspending`() throws {
    let log = Log<String>()
    try onLoop {
      let event = AsyncEvent()
      event.set()
      let other = createTask { log.record("other") }
      try await event.wait()
      log.record("waiter")
      try await other.value
    }
    #expect(log.entries == ["waiter", "other"])
  }

  @Test func `Setting wakes everybody in the order they came`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      _ = await Self.startWaiters(event, log)
      #expect(event.waiting == 3)
      #expect(log.entries.isEmpty)
      event.set()
      #expect(event.waiting == 0)
      await settle()
      #expect(log.entries == [1, 2, 3])
    }
  }

  @Test func `Who waits after clear waits for the next set`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      event.set()
      event.clear()
      _ = await Self.startWaiters(event, log)
      #expect(event.waiting == 3)
    }
  }

  @Test func `B16 Set and clear back to back wake all who waited`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      _ = await Self.startWaiters(event, log)
      event.set()
      event.clear()
      await settle()
      #expect(log.entries == [1, 2, 3])
      #expect(!event.isSet)
    }
  }

  @Test func `A task that waits says so`() throws {
    try onLoop {
      let event = AsyncEvent()
      _ = await startInTurn(1...1) { _ in try await event.wait() }
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.last?.waitsFor == .event)
    }
  }

  @Test func `A cancelled task does not pass, even if the event is set`() throws {
    try onLoop {
      let event = AsyncEvent()
      event.set()
      let task = createTask { try await event.wait() }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A task that is cancelled while it waits leaves`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      let tasks = await Self.startWaiters(event, log)
      tasks[1].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[1].value }
      #expect(event.waiting == 2)
      event.set()
      await settle()
      #expect(log.entries == [1, 3])
    }
  }

  @Test(arguments: [true, false])
  func `B15 Set and cancellation in one turn: the cancelled one throws, the others go on`(
    setFirst: Bool
  ) throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      let tasks = await Self.startWaiters(event, log)
      if setFirst { event.set() }
      tasks[0].cancel()
      if !setFirst { event.set() }
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      await settle()
      #expect(log.entries == [2, 3])
      #expect(event.waiting == 0)
    }
  }

  @Test func `An event can be waited for with a timeout`() throws {
    try onLoop {
      let event = AsyncEvent()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) { try await event.wait() }
      }
      #expect(event.waiting == 0)
    }
  }

  private static func startWaiters(
    _ event: AsyncEvent, _ log: Log<Int>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(1...3) { number in
      try await event.wait()
      log.record(number)
    }
  }
}
