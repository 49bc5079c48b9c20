// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TaskScopeTests {
  @Test func `A scope returns the value of its body`() throws {
    let sum = try onLoop {
      try await withTaskScope { scope in
        let first = scope.spawn(name: "first") { 40 }
        let second = scope.spawn { 2 }
        return try await first.value + second.value
      }
    }
    #expect(sum == 42)
  }

  @Test func `A scope ends after its children`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        scope.spawn {
          try await sleep(for: .seconds(1))
          log.record("child")
        }
        log.record("body")
      }
      log.record("scope")
    }
    #expect(log.entries == ["body", "child", "scope"])
  }

  @Test func `taskgroup-020: ChildTable have their names in the list of tasks`() throws {
    let names = try onLoop {
      try await withTaskScope { scope in
        scope.spawn(name: "named") {}
        let loop = try #require(EventLoop.current)
        return loop.tasks.map(\.name)
      }
    }
    #expect(names == ["main", "named"])
  }

  @Test func `ChildTable may start more children`() throws {
    let log = Log<Int>()
    try onLoop {
      try await withTaskScope { scope in Self.countDown(5, in: scope, log) }
    }
    #expect(log.entries == [5, 4, 3, 2, 1, 0])
  }

  @Test func `Scopes are counted while their children live`() throws {
    try onLoop {
      try await withTaskScope { scope in
        #expect(scope.runningChildren == 0)
        let child = scope.spawn { try await sleep(for: .seconds(1)) }
        #expect(scope.runningChildren == 1)
        try await child.value
        await settle()
        #expect(scope.runningChildren == 0)
      }
    }
  }

  @Test(arguments: [1, 4])
  func `No more children run than the limit allows, the others wait in line`(limit: Int) throws {
    let gauge = ConcurrencyGauge()
    let log = Log<Int>()
    try onLoop {
      try await withTaskScope(limit: limit) { scope in
        for number in 0..<20 {
          scope.spawn {
            gauge.enter()
            defer { gauge.leave() }
            log.record(number)
            try await sleep(for: .seconds(1))
          }
        }
      }
    }
    #expect(gauge.peak == limit)
    #expect(log.entries == Array(0..<20))
  }

  @Test func `Cancelled from outside, body and children are cancelled and awaited`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      let task = createTask {
        try await withTaskScope { scope in
          for _ in 0..<5 { scope.spawn { try await Self.linger(gauge) } }
          try await Self.linger(gauge)
        }
      }
      await settle()
      #expect(gauge.inside == 6)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(gauge.inside == 0)
    }
  }

  @Test func `Cancelled after its body has returned, the body's value stands`() throws {
    let value = try onLoop {
      let task = createTask {
        try await withTaskScope { scope in
          scope.spawn { try await sleep(for: .seconds(60)) }
          return "value"
        }
      }
      await settle()
      task.cancel()
      return try await task.value
    }
    #expect(value == "value")
  }

  @Test func `A task that is cancelled already does not enter a scope`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        cancelThisTask()
        try await withTaskScope { _ in log.record("entered") }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `Cancelling a scope cancels its children and the rest of its body`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      _ = await #expect(throws: CancellationError.self) {
        try await withTaskScope { scope in
          for _ in 0..<3 { scope.spawn { try await Self.linger(gauge) } }
          await settle()
          scope.cancel()
          try await sleep(for: .seconds(1))
          Issue.record("the body goes on after its scope was cancelled")
        }
      }
      #expect(gauge.inside == 0)
      #expect(!Task.isCancelled)
    }
  }

  @Test func `A body that returns after it cancelled its scope has its value`() throws {
    let value = try onLoop {
      try await withTaskScope { scope in
        scope.spawn { try await sleep(for: .seconds(60)) }
        scope.cancel()
        return "value"
      }
    }
    #expect(value == "value")
  }

  @Test func `taskgroup-003: Cancelling a child cancels nobody else`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        let child = scope.spawn { try await sleep(for: .seconds(60)) }
        scope.spawn {
          try await sleep(for: .seconds(1))
          log.record("sibling")
        }
        await settle()
        child.cancel()
        let result = await child.result
        if case .failure(is CancellationError) = result { log.record("cancelled") }
      }
    }
    #expect(log.entries == ["cancelled", "sibling"])
  }

  @Test func `Cancelling who waits for a child does not cancel the child`() throws {
    let value = try onLoop {
      try await withTaskScope { scope in
        let child = scope.spawn {
          try await sleep(for: .seconds(1))
          return 5
        }
        let waiting = createTask { try await child.value }
        await settle()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        return try await child.value
      }
    }
    #expect(value == 5)
  }

  @Test func `taskgroup-024: B62 In a finished scope a child never runs`() throws {
    let log = Log<String>()
    try onLoop {
      let scope = try await withTaskScope { $0 }
      let child = scope.spawn(name: "late") { log.record("ran") }
      let error = await #expect(throws: TaskScopeClosedError.self) { try await child.value }
      #expect(error?.childName == "late")
      await settle()
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `B61 B62 In a cancelled scope a child never runs`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        scope.cancel()
        scope.spawn { log.record("ran") }
      }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `B62 What a child that never ran held is released`() throws {
    try onLoop {
      let scope = try await withTaskScope { $0 }
      scope.spawn { [held = Resource()] in withExtendedLifetime(held) {} }
    }
    #expect(Resource.living.withLock { $0 } == 0)
  }

  @Test func `B61 A child that is spawned by one that fails at once is cancelled too`() throws {
    let log = Log<String>()
    try onLoop {
      _ = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope { scope in
          scope.spawn {
            scope.spawn {
              do { try await sleep(for: .seconds(60)) } catch { log.record("cancelled") }
            }
            throw TestFailure("at once")
          }
        }
      }
    }
    #expect(log.entries == ["cancelled"])
  }

  @Test func `B65 A cancelled scope does not spin while it waits for a child`() throws {
    let turns = try onLoop {
      let loop = try #require(EventLoop.current)
      let before = loop.metrics.turns
      try await withTaskScope { scope in
        scope.spawn {
          try await withCancellationShield(grace: .seconds(60)) {
            try await sleep(for: .seconds(30))
          }
        }
        await settle()
        scope.cancel()
      }
      return loop.metrics.turns - before
    }
    #expect(turns < 100)
  }

  @Test func `B68 A thousand nested scopes are cancelled together`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask { try await Self.nest(1000, log) }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries == ["innermost begun", "innermost cancelled"])
  }

  private static func nest(_ depth: Int, _ log: Log<String>) async throws {
    try await withTaskScope { scope in
      guard depth > 0 else {
        log.record("innermost begun")
        do { try await sleep(for: .seconds(60)) } catch {
          log.record("innermost cancelled")
          throw error
        }
        return
      }
      let child = scope.spawn { try await nest(depth - 1, log) }
      try await child.value
    }
  }

  private static func countDown(_ number: Int, in scope: TaskScope, _ log: Log<Int>) {
    scope.spawn {
      log.record(number)
      if number > 0 { countDown(number - 1, in: scope, log) }
    }
  }

  private static func linger(_ gauge: ConcurrencyGauge) async throws {
    gauge.enter()
    defer { gauge.leave() }
    try await sleep(for: .seconds(60))
  }
}

private final class Resource: Sendable {
  static let living = Guarded(0)

  init() { Self.living.withLock { $0 += 1 } }
  deinit { Self.living.withLock { $0 -= 1 } }
}
