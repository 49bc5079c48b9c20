// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TaskScopeFailureTests {
  @Test func `A failing child cancels the others and the body`() throws {
    let gauge = ConcurrencyGauge()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          scope.spawn(name: "bad") {
            try await sleep(for: .seconds(1))
            throw TestFailure("bad")
          }
          scope.spawn { try await Self.linger(gauge) }
          try await Self.linger(gauge)
        }
      }
    }
    #expect(Self.names(error) == ["bad"])
    #expect(error?.description.contains("task \"bad\"") == true)
    #expect(gauge.inside == 0)
  }

  @Test func `taskgroup-008: A failing body cancels the children`() throws {
    let gauge = ConcurrencyGauge()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          scope.spawn { try await Self.linger(gauge) }
          await settle()
          throw TestFailure("body")
        }
      }
    }
    #expect(Self.names(error) == ["body"])
    #expect(gauge.inside == 0)
  }

  @Test func `A body that throws CancellationError by itself cancels the children`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: CancellationError.self) {
        try await withTaskScope { scope in
          scope.spawn { try await sleep(for: .seconds(3600)) }
          let other = scope.spawn { try await sleep(for: .seconds(3600)) }
          other.cancel()
          try await other.value
        }
      }
      return elapsed(since: start)
    }
    #expect(time == .zero)
  }

  @Test func `All errors are thrown together, in the order in which they happened`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          scope.spawn { throw TestFailure("first") }
          scope.spawn {
            do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("clean-up") }
          }
          do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("body") }
        }
      }
    }
    #expect(Self.names(error).first == "first")
    #expect(Self.names(error).sorted() == ["body", "clean-up", "first"])
  }

  @Test func `An error that the body passes on counts once`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          let child = scope.spawn(name: "a") { throw TestFailure("once") }
          let other = scope.spawn(name: "b") { try await child.value }
          _ = await other.result
          try await child.value
        }
      }
    }
    #expect(Self.names(error) == ["once"])
  }

  @Test func `Equal errors of two children count twice`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope(onFailure: .keepGoing) { scope in
          scope.spawn { throw TestFailure("same") }
          scope.spawn { throw TestFailure("same") }
        }
      }
    }
    #expect(Self.names(error) == ["same", "same"])
  }

  @Test func `A child's error is thrown although the body has caught it`() throws {
    let log = Log<String>()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          let child = scope.spawn { throw TestFailure("caught") }
          if case .failure = await child.result { log.record("caught") }
        }
      }
    }
    #expect(log.entries == ["caught"])
    #expect(Self.names(error) == ["caught"])
  }

  @Test func `A scope that keeps going lets all end and throws all errors`() throws {
    let log = Log<String>()
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope(onFailure: .keepGoing) { scope in
          scope.spawn { throw TestFailure("one") }
          scope.spawn {
            try await sleep(for: .seconds(2))
            log.record("sibling ended")
            throw TestFailure("two")
          }
          try await sleep(for: .seconds(1))
          log.record("body ended")
        }
      }
    }
    #expect(log.entries == ["body ended", "sibling ended"])
    #expect(Self.names(error) == ["one", "two"])
  }

  @Test func `A child's own cancellation error is no failure`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        scope.spawn { throw CancellationError() }
        scope.spawn {
          try await sleep(for: .seconds(1))
          log.record("sibling")
        }
      }
    }
    #expect(log.entries == ["sibling"])
  }

  @Test func `B58 An inner failure in the turn of an outer cancellation hides neither`() throws {
    try explore(seeds: 0..<50) { _ in
      let task = createTask {
        do {
          try await withTaskScope { scope in
            scope.spawn {
              try await sleep(for: .seconds(1))
              throw TestFailure("inner")
            }
            try await sleep(for: .seconds(60))
          }
        } catch let error as ErrorGroup {
          try require(error.errors.count == 1, "\(error.errors.count) errors")
        } catch is CancellationError {}
        // The cancellation is not lost: it shows at the next suspension at the latest.
        try await sleep(for: .seconds(60))
      }
      try await sleep(for: .seconds(1))
      task.cancel()
      do {
        try await task.value
        throw TestFailure("the cancellation was lost")
      } catch is CancellationError {}
    }
  }

  @Test func `Cancelled from outside, errors of the clean-up are thrown all the same`() throws {
    try onLoop {
      let task = createTask {
        try await withTaskScope { scope in
          scope.spawn {
            do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("clean-up") }
          }
          try await sleep(for: .seconds(60))
        }
      }
      await settle()
      task.cancel()
      let error = await #expect(throws: ErrorGroup.self) { try await task.value }
      #expect(Self.names(error) == ["clean-up"])
    }
  }

  @Test func `An inner scope's errors arrive as a group in the outer one's`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { outer in
          outer.spawn(name: "outer") {
            try await withTaskScope { inner in
              inner.spawn(name: "inner") { throw TestFailure("deep") }
            }
          }
        }
      }
    }
    #expect(error?.errors.count == 1)
    #expect(error?.first(of: TestFailure.self) == TestFailure("deep"))
  }

  @Test func `ChildTable that wait in line when the scope fails never run`() throws {
    let log = Log<Int>()
    try onLoop {
      _ = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope(limit: 1) { scope in
          for number in 0..<5 {
            scope.spawn {
              log.record(number)
              try await sleep(for: .seconds(1))
              throw TestFailure("\(number)")
            }
          }
        }
      }
    }
    #expect(log.entries == [0])
  }

  private static func names(_ group: ErrorGroup?) -> [String] {
    group?.errors.map { ($0 as? TestFailure)?.name ?? "unexpected \($0)" } ?? []
  }

  private static func linger(_ gauge: ConcurrencyGauge) async throws {
    gauge.enter()
    defer { gauge.leave() }
    try await sleep(for: .seconds(60))
  }
}
