// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct RaceTests {
  @Test func `The first success wins and the others are cancelled and awaited`() throws {
    let log = Log<String>()
    let (winner, time) = try onLoop {
      let start = LoopClock.Instant.now
      let winner = try await race(
        { try await Self.run(5, "slow", log) }, { try await Self.run(1, "fast", log) },
        { try await Self.run(3, "middle", log) })
      return (winner, elapsed(since: start))
    }
    #expect(winner == "fast")
    #expect(time == .seconds(1))
    #expect(log.entries.sorted() == ["fast ended", "middle cancelled", "slow cancelled"])
  }

  @Test func `A failure does not end the race`() throws {
    let winner = try onLoop {
      try await race(
        { () async throws -> String in throw TestFailure("at once") },
        {
          try await sleep(for: .seconds(1))
          return "late"
        })
    }
    #expect(winner == "late")
  }

  @Test func `When all fail, the errors have the order of the arguments`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        let _: Int = try await race(
          {
            try await sleep(for: .seconds(2))
            throw TestFailure("first")
          },
          { throw TestFailure("second") },
          {
            try await sleep(for: .seconds(1))
            throw TestFailure("third")
          })
      }
    }
    let names = error?.errors.compactMap { ($0 as? TestFailure)?.name }
    #expect(names == ["first", "second", "third"])
    #expect(error?.description.contains("race[1]") == true)
  }

  @Test func `Two to six operations race`() throws {
    let winners = try onLoop {
      [
        try await race({ 1 }, { try await Self.never() }),
        try await race({ try await Self.never() }, { 2 }, { try await Self.never() }),
        try await race(
          { try await Self.never() }, { try await Self.never() }, { 3 },
          { try await Self.never() }),
        try await race(
          { try await Self.never() }, { try await Self.never() }, { try await Self.never() },
          { try await Self.never() }, { 4 }),
        try await race(
          { try await Self.never() }, { try await Self.never() }, { try await Self.never() },
          { try await Self.never() }, { try await Self.never() }, { 5 }),
      ]
    }
    #expect(winners == [1, 2, 3, 4, 5])
  }

  @Test func `Cancelled from outside, all are cancelled and awaited`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        try await race(
          { try await Self.run(60, "a", log) }, { try await Self.run(60, "b", log) })
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
    #expect(log.entries == ["a cancelled", "b cancelled"])
  }

  @Test func `A task that is cancelled already starts nothing`() throws {
    let log = Log<Int>()
    try onLoop {
      let task = createTask {
        cancelThisTask()
        try await race({ log.record(1) }, { log.record(2) })
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `The value of a loser is dropped only after its task has ended`() throws {
    let log = Log<String>()
    let winner = try onLoop {
      let winner = try await race(
        { "winner" },
        {
          do { try await sleep(for: .seconds(60)) } catch {
            try await withCancellationShield(grace: .seconds(9)) {
              try await sleep(for: .seconds(1))
            }
          }
          log.record("loser ended")
          return "loser"
        })
      log.record("returned")
      return winner
    }
    #expect(winner == "winner")
    #expect(log.entries == ["loser ended", "returned"])
  }

  @Test func `B73 Of two successes in the same turn exactly one is used`() throws {
    try explore(seeds: 0..<50) { _ in
      let used = Guarded(0)
      let value = try await race(
        {
          _ = try? await sleep(for: .seconds(1))
          used.withLock { $0 += 1 }
          return 1
        },
        {
          _ = try? await sleep(for: .seconds(1))
          used.withLock { $0 += 1 }
          return 2
        })
      try require(value == 1 || value == 2, "the value is \(value)")
      try require(used.withLock { $0 } == 2, "a loser was left behind")
    }
  }

  @Test func `A cancellation from outside in the turn of the win keeps the value`() throws {
    try explore(seeds: 0..<50) { _ in
      let task = createTask {
        try await race(
          {
            try await sleep(for: .seconds(1))
            return 1
          }, { try await Self.never() })
      }
      try await sleep(for: .seconds(1))
      task.cancel()
      do {
        let value = try await task.value
        try require(value == 1, "the value is \(value)")
      } catch is CancellationError {}
    }
  }

  private static func run(
    _ seconds: Int, _ name: String, _ log: Log<String>
  ) async throws -> String {
    do { try await sleep(for: .seconds(seconds)) } catch {
      log.record("\(name) cancelled")
      throw error
    }
    log.record("\(name) ended")
    return name
  }

  private static func never() async throws -> Int {
    try await sleep(for: .seconds(1_000_000))
    return 0
  }
}
