// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct DeadlockTests {
  @Test func `A body that can never finish throws DeadlockError with who waits for what`() {
    let error = #expect(throws: DeadlockError.self) {
      try onLoop {
        createTask(name: "waiter") { try await AsyncEvent().wait() }
        let semaphore = AsyncSemaphore(permits: 0)
        try await semaphore.acquire()
      }
    }
    #expect(error?.tasks.map(\.name) == ["main", "waiter"])
    #expect(error?.tasks.map(\.waitsFor) == [.semaphore, .event])
    #expect(error?.description.contains("task \"waiter\"") == true)
  }

  @Test func `The tasks of a deadlock are cancelled and clean up`() {
    let log = Log<String>()
    #expect(throws: DeadlockError.self) {
      try onLoop {
        createTask {
          defer { log.record("cleaned up") }
          try await AsyncEvent().wait()
        }
        try await AsyncEvent().wait()
      }
    }
    #expect(log.entries == ["cleaned up"])
  }

  @Test func `A timer is hope`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let event = AsyncEvent()
      loop.schedule(after: .seconds(3600)) { event.set() }
      try await event.wait()
    }
  }

  @Test func `A blocking call is hope`() throws {
    try onLoop {
      let event = AsyncEvent()
      createTask { try await runBlocking { event.set() } }
      try await event.wait()
    }
  }

  @Test func `A hold keeps the loop from calling itself deadlocked`() throws {
    try onLoop {
      let hold = try #require(EventLoop.current).hold()
      let event = AsyncEvent()
      try Thread.start(name: "foreign") {
        for _ in 0..<1000 { Thread.yield() }
        event.set()
        hold.release()
      }
      try await event.wait()
    }
  }

  @Test func `A hold that is released, or forgotten, is no hope any more`() {
    #expect(throws: DeadlockError.self) {
      try onLoop {
        let loop = try #require(EventLoop.current)
        let hold = loop.hold()
        hold.release()
        hold.release()
        do { _ = loop.hold() }
        try await AsyncEvent().wait()
      }
    }
  }
}
