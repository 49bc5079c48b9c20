// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct CreateTaskTests {
  @Test func `task-001: A task's value comes back`() throws {
    let value = try onLoop {
      let task = createTask { 42 }
      return try await task.value
    }
    #expect(value == 42)
  }

  @Test func `A task's error comes back`() {
    #expect(throws: TestFailure("broken")) {
      try onLoop {
        let task = createTask { throw TestFailure("broken") }
        try await task.value
      }
    }
  }

  @Test func `A task starts soon, not at once`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask { log.record("task") }
      log.record("creator")
      try await task.value
    }
    #expect(log.entries == ["creator", "task"])
  }

  @Test func `An eager task runs to its first suspension before its creator goes on`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask(eager: true) {
        log.record("begun")
        try await sleep(for: .zero)
        log.record("resumed")
      }
      log.record("creator")
      try await task.value
    }
    #expect(log.entries == ["begun", "creator", "resumed"])
  }

  @Test func `An eager task that never suspends has ended when it is returned`() throws {
    let names = try onLoop {
      let task = createTask(name: "eager", eager: true) { 7 }
      let loop = try #require(EventLoop.current)
      let names = loop.tasks.compactMap(\.name)
      let value = try await task.value
      #expect(value == 7)
      return names
    }
    #expect(names == ["main"])
  }

  @Test func `The loop lists its tasks in the order of their creation`() throws {
    let snapshots = try onLoop {
      createTask(name: "users") { try await sleep(for: .seconds(1)) }
      createTask(name: "orders") { try await sleep(for: .seconds(1)) }
      let loop = try #require(EventLoop.current)
      return loop.tasks
    }
    #expect(snapshots.map(\.name) == ["main", "users", "orders"])
    #expect(snapshots.map(\.state) == [.running, .scheduled, .scheduled])
    #expect(snapshots.map(\.id) == snapshots.map(\.id).sorted())
  }

  @Test func `task-004, task-005: A waiting task says what it waits for and where it was created`()
    throws
  {
    let snapshot = try onLoop {
      createTask(name: "sleeper") { try await sleep(for: .seconds(1)) }
      await settle()
      let loop = try #require(EventLoop.current)
      return try #require(loop.tasks.first { $0.name == "sleeper" })
    }
    #expect(snapshot.state == .waiting)
    #expect(snapshot.waitsFor == .sleep)
    #expect(snapshot.createdAt.contains("CreateTaskTests.swift"))
    #expect(snapshot.description.contains("task \"sleeper\""))
    #expect(snapshot.description.hasSuffix("waits for a timer"))
  }

  @Test func `A task that has ended is not listed`() throws {
    let names = try onLoop {
      let task = createTask(name: "short") {}
      try await task.value
      let loop = try #require(EventLoop.current)
      return loop.tasks.compactMap(\.name)
    }
    #expect(names == ["main"])
  }

  @Test func `B74 A task cancelled before it runs begins, and finds itself cancelled`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        defer { log.record("released") }
        log.record("cancelled: \(Task.isCancelled)")
        try await sleep(for: .seconds(1))
        log.record("never")
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries == ["cancelled: true", "released"])
  }

  @Test
  func
    `task-019, exceptionhandler-002: An error that nobody retrieves is logged with the task's name and place`()
  {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        createTask(name: "forgotten") { throw TestFailure("lost") }
        await settle()
      }
    }
    let report = lines.first { $0.contains("forgotten") }
    #expect(report?.contains("lost") == true)
    #expect(report?.contains("CreateTaskTests.swift") == true)
    #expect(lines.count == 1)
  }

  @Test func `An error that was retrieved is not logged`() {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        let task = createTask(name: "seen") { throw TestFailure("seen") }
        _ = try? await task.value
      }
    }
    #expect(lines.isEmpty)
  }

  @Test func `A cancellation that nobody retrieves is not logged`() {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        createTask { try await sleep(for: .seconds(1)) }.cancel()
        await settle()
      }
    }
    #expect(lines.isEmpty)
  }

  @Test func `Two tasks may wait for the value of a third`() throws {
    let sum = try onLoop {
      let source = createTask {
        try await sleep(for: .seconds(1))
        return 21
      }
      let first = createTask { try await source.value }
      let second = createTask { try await source.value }
      let values = (try await first.value, try await second.value)
      return values.0 + values.1
    }
    #expect(sum == 42)
  }

  @Test func `Cancelling who waits for a task does not cancel the task`() throws {
    let value = try onLoop {
      let source = createTask {
        try await sleep(for: .seconds(1))
        return "done"
      }
      let waiting = createTask { try await source.value }
      await settle()
      waiting.cancel()
      return try await source.value
    }
    #expect(value == "done")
  }
}
