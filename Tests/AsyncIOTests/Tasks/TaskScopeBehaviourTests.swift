// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

private enum Local {
  @TaskLocal static var text = "default"
}

@Suite struct TaskScopeBehaviourTests {
  /// Sleeps, and notes how that ended.
  private static func sleeper(_ name: String, _ log: Log<String>) async throws {
    do {
      try await sleep(for: .seconds(10))
      log.record("\(name) slept")
    } catch {
      log.record("\(name) cancelled")
      throw error
    }
  }

  private static func names(_ error: (any Error)?) -> [String] {
    (error as? ErrorGroup)?.errors.map { ($0 as? TestFailure)?.name ?? "\(type(of: $0))" } ?? []
  }

  @Test func `taskgroup-002: ChildTable may be started as long as the body runs`() throws {
    try onLoop {
      let sum = try await withTaskScope { scope in
        let first = scope.spawn { 1 }
        try await sleep(for: .milliseconds(150))
        let second = scope.spawn { 41 }
        return try await first.value + second.value
      }
      #expect(sum == 42)
    }
  }

  @Test func `taskgroup-004: A failure cancels the other child and skips what follows`() throws {
    let log = Log<String>()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          scope.spawn {
            try await sleep(for: .milliseconds(100))
            throw TestFailure("bad")
          }
          scope.spawn { try await Self.sleeper("other", log) }
        }
        log.record("after")
      }
    }
    #expect(Self.names(error) == ["bad"])
    #expect(log.entries == ["other cancelled"])
  }

  @Test
  func `taskgroup-005: Failures of one instant cancel child and body, and only they are thrown`()
    throws
  {
    let log = Log<String>()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          for number in 1...3 {
            scope.spawn {
              try await sleep(for: .milliseconds(100))
              throw TestFailure("bad \(number)")
            }
          }
          scope.spawn { try await Self.sleeper("child", log) }
          try await Self.sleeper("body", log)
        }
        log.record("after")
      }
    }
    #expect((1...3).contains(error?.errors.count ?? 0))
    #expect(Self.names(error).allSatisfy { $0.hasPrefix("bad") })
    #expect(log.entries.sorted() == ["body cancelled", "child cancelled"])
  }

  @Test(arguments: [(0, true), (5, true), (5, false)])
  func `taskgroup-006: Cancelled from outside, everybody ends and a plain cancellation is thrown`(
    children: Int, bodySleeps: Bool
  ) throws {
    try onLoop {
      let log = Log<String>()
      let task = createTask {
        try await withTaskScope { scope in
          for number in 0..<children {
            scope.spawn { try await Self.sleeper("child \(number)", log) }
          }
          if bodySleeps { try await Self.sleeper("body", log) }
        }
        try Task.checkCancellation()
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.count == children + (bodySleeps ? 1 : 0))
      #expect(log.entries.allSatisfy { $0.hasSuffix("cancelled") })
    }
  }

  @Test
  func `taskgroup-009: ChildTable that had not begun do not run when the body throws at once`()
    throws
  {
    let log = Log<String>()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          for number in 1...2 {
            scope.spawn { try await Self.sleeper("child \(number)", log) }
          }
          throw TestFailure("body")
        }
      }
    }
    #expect(Self.names(error) == ["body"])
    #expect(log.entries.allSatisfy { $0.hasSuffix("cancelled") })
  }

  @Test(arguments: [false, true])
  func `taskgroup-010: A group that comes out of an inner scope stays one error of the outer`(
    outerHasChild: Bool
  ) throws {
    try onLoop {
      let log = Log<String>()
      let task = createTask {
        try await withTaskScope { outer in
          if outerHasChild { outer.spawn { try await Self.sleeper("child", log) } }
          try await withTaskScope { inner in
            for _ in 0..<5 {
              inner.spawn {
                do { try await sleep(for: .seconds(10)) } catch { throw TestFailure("clean-up") }
              }
            }
            try await sleep(for: .seconds(10))
          }
        }
      }
      await settle()
      task.cancel()
      let error = await #expect(throws: ErrorGroup.self) { try await task.value }
      #expect(error?.errors.count == 1)
      #expect(Self.names(error?.errors.first) == Array(repeating: "clean-up", count: 5))
    }
  }

  @Test func `taskgroup-013: A cancellation reaches a child that is yet to fail`() throws {
    try onLoop {
      let log = Log<String>()
      let start = LoopClock.Instant.now
      let task = createTask {
        try await withTaskScope { scope in
          scope.spawn {
            try await Self.sleeper("child", log)
            throw TestFailure("late")
          }
          do { try await sleep(for: .seconds(10)) } catch {
            // Not shielded: throws at once.
            try await sleep(for: .milliseconds(500))
          }
        }
      }
      try await sleep(for: .milliseconds(100))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(elapsed(since: start) == .milliseconds(100))
      #expect(log.entries == ["child cancelled"])

      let deaf = createTask {
        try await withTaskScope { scope in
          scope.spawn {
            try? await sleep(for: .seconds(10))
            throw TestFailure("deaf")
          }
        }
      }
      await settle()
      deaf.cancel()
      let error = await #expect(throws: ErrorGroup.self) { try await deaf.value }
      #expect(Self.names(error) == ["deaf"])
    }
  }

  @Test func `taskgroup-014: Another error thrown in answer to cancellation is thrown in a group`()
    throws
  {
    try onLoop {
      let task = createTask {
        try await withTaskScope { _ in
          do { try await sleep(for: .seconds(10)) } catch { throw TestFailure("instead") }
        }
      }
      await settle()
      task.cancel()
      let error = await #expect(throws: ErrorGroup.self) { try await task.value }
      #expect(Self.names(error) == ["instead"])
    }
  }

  @Test func `taskgroup-016, taskgroup-023: Errors of a child and of the body are in one group`()
    throws
  {
    try onLoop {
      let error = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope { scope in
          scope.spawn { throw TestFailure("child") }
          do { try await sleep(for: .seconds(10)) } catch { throw TestFailure("resource") }
        }
      }
      #expect(Self.names(error) == ["child", "resource"])
      // The scope's cancellation is not this task's.
      #expect(!Task.isCancelled)
      try await sleep(for: .milliseconds(1))
    }
  }

  @Test func `taskgroup-017: ChildTable that have ended are forgotten while the scope lives`()
    throws
  {
    try onLoop {
      let counts = try await withTaskScope { scope in
        var counts: [Int] = []
        for _ in 0..<10 {
          scope.spawn { try await sleep(for: .milliseconds(300)) }
          try await sleep(for: .milliseconds(100))
          counts.append(scope.runningChildren)
        }
        try await sleep(for: .milliseconds(1350))
        counts.append(scope.runningChildren)
        return counts
      }
      #expect(counts.allSatisfy { $0 < 5 })
      #expect(counts.last == 0)
    }
  }

  @Test func `taskgroup-018: A child may start more after the body has ended`() throws {
    try onLoop {
      let log = Log<String>()
      try await withTaskScope { scope in
        _ = scope.spawn {
          try await sleep(for: .seconds(1))
          for name in ["first", "second"] {
            scope.spawn {
              try await sleep(for: .seconds(1))
              log.record(name)
            }
          }
        }
      }
      #expect(log.entries == ["first", "second"])
    }
  }

  @Test func `taskgroup-019: A failure stops children that multiply`() throws {
    try onLoop {
      let started = Log<Int>()
      @Sendable func multiply(_ scope: TaskScope) async throws {
        started.record(1)
        for _ in 0..<2 {
          try await Task.sleepOneTurn()
          scope.spawn { try await multiply(scope) }
        }
      }
      let error = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope { scope in
          scope.spawn { try await multiply(scope) }
          scope.spawn {
            while started.entries.count < 10 { try await Task.sleepOneTurn() }
            throw TestFailure("enough")
          }
        }
      }
      #expect(Self.names(error) == ["enough"])
      let count = started.entries.count
      await settle()
      #expect(started.entries.count == count)
    }
  }

  @Test func `taskgroup-021: A child has the task-local values of where it was spawned`() throws {
    try onLoop {
      let text = try await Local.$text.withValue("outer") {
        try await withTaskScope { scope in
          let child = Local.$text.withValue("inner") { scope.spawn { Local.text } }
          return try await child.value + " " + Local.text
        }
      }
      #expect(text == "inner outer")
    }
  }

  @Test func `taskgroup-022: What a cancelled child tries to start does not run`() throws {
    try onLoop {
      let log = Log<String>()
      let error = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope { scope in
          scope.spawn { throw TestFailure("first") }
          scope.spawn {
            do { try await sleep(for: .seconds(10)) } catch {
              let child = scope.spawn { log.record("ran") }
              let refusal = try await withCancellationShield(grace: .seconds(1)) {
                await child.result
              }
              if case .failure(is TaskScopeClosedError) = refusal { log.record("refused") }
              throw error
            }
          }
        }
      }
      #expect(Self.names(error) == ["first"])
      #expect(log.entries == ["refused"])
    }
  }

  @Test func `taskgroup-028: Scopes in scopes, five children each, four levels deep`() throws {
    try onLoop {
      let count = Guarded(0)
      @Sendable func level(_ depth: Int) async throws {
        count.withLock { $0 += 1 }
        if depth == 0 { return }
        try await withTaskScope { scope in
          for _ in 0..<5 { scope.spawn { try await level(depth - 1) } }
        }
      }
      try await level(4)
      #expect(count.withLock { $0 } == 781)
    }
  }

  @Test func `B75: A scope that has ended refuses work that other threads still bring`()
    async throws
  {
    let kept = Guarded<TaskScope?>(nil)
    try onLoop {
      try await withTaskScope { scope in kept.withLock { $0 = scope } }
    }
    let scope = try #require(kept.withLock { $0 })
    let thread = try onLoopOfItsOwnThread {
      scope.cancel()
      let child = scope.spawn { Issue.record("ran in a scope that has ended") }
      try EventLoop.run(.init(mode: .scoped)) {
        await #expect(throws: TaskScopeClosedError.self) { try await child.value }
      }
    }
    try thread.wait()
  }
}

extension Task where Success == Never, Failure == Never {
  /// Lets the others run, and throws if the task is cancelled.
  fileprivate static func sleepOneTurn() async throws {
    try await AsyncIO.sleep(for: .zero)
  }
}
