// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct StaggeredRaceTests {
  private enum Attempt: Sendable {
    case succeeds(after: Duration)
    case fails(after: Duration)
  }

  private final class Course: Sendable {
    let started = Log<(Int, Duration)>()
    let ended = Log<Int>()
    let discarded = Log<Int>()
    let start = LoopClock.Instant.now

    func run(_ attempts: [Attempt]) async throws -> StaggeredRace.Outcome<Int> {
      let indexed = Array(attempts.enumerated().map { ($0.offset, $0.element) })
      return try await StaggeredRace.run(indexed, delay: .milliseconds(100)) { index, attempt in
        self.started.record((index, self.start.duration(to: .now)))
        defer { self.ended.record(index) }
        switch attempt {
        case .succeeds(let time):
          try await sleep(for: time)
          return index
        case .fails(let time):
          try await sleep(for: time)
          throw TestFailure("\(index)")
        }
      } discard: {
        self.discarded.record($0)
      }
    }
  }

  private func winner(_ outcome: StaggeredRace.Outcome<Int>) -> Int? {
    if case .won(let index) = outcome { index } else { nil }
  }

  private func errors(_ outcome: StaggeredRace.Outcome<Int>) -> [TestFailure] {
    if case .failed(let errors) = outcome { errors.compactMap { $0 as? TestFailure } } else { [] }
  }

  @Test
  func `socket-030: Nothing to try has no winner; failures come in the order of the candidates`()
    throws
  {
    try onLoop {
      let course = Course()
      let none = try await course.run([])
      #expect(winner(none) == nil)
      let all = try await course.run([
        .fails(after: .milliseconds(300)), .fails(after: .milliseconds(50)), .fails(after: .zero),
      ])
      #expect(errors(all) == [TestFailure("0"), TestFailure("1"), TestFailure("2")])
    }
  }

  @Test func `socket-032: When one fails the next starts at once`() throws {
    try onLoop {
      let course = Course()
      let outcome = try await course.run([
        .fails(after: .milliseconds(10)), .succeeds(after: .zero),
      ])
      #expect(winner(outcome) == 1)
      #expect(course.started.entries[1].1 == .milliseconds(10))
    }
  }

  @Test
  func `socket-033: While one hangs the next starts after the delay, wins, and ends the other`()
    throws
  {
    try onLoop {
      let course = Course()
      let outcome = try await course.run([
        .succeeds(after: .seconds(3600)), .succeeds(after: .milliseconds(5)),
      ])
      #expect(winner(outcome) == 1)
      #expect(course.started.entries.map(\.1) == [.zero, .milliseconds(100)])
      #expect(course.ended.entries.sorted() == [0, 1])
    }
  }

  @Test func `B73: Of two that succeed in the same turn one is used, the other given back`() throws
  {
    try explore { _ in
      let course = Course()
      let outcome = try await course.run([
        .succeeds(after: .milliseconds(150)), .succeeds(after: .milliseconds(50)),
      ])
      let winner = winner(outcome)
      try require(winner != nil, "somebody wins")
      let others = course.ended.entries.filter { $0 != winner }
      try require(course.discarded.entries.allSatisfy(others.contains), "the winner is kept")
      try require(course.ended.entries.count == 2, "both have ended")
    }
  }

  @Test func `Cancelled, every attempt is ended first`() throws {
    try onLoop {
      let course = Course()
      let task = createTask {
        _ = try await course.run([.succeeds(after: .seconds(10)), .succeeds(after: .seconds(10))])
      }
      try await sleep(for: .milliseconds(150))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(course.ended.entries.sorted() == [0, 1])
    }
  }

  @Test func `Families take turns, beginning with the first one's`() throws {
    let addresses = try ["::1", "::2", "::3", "127.0.0.1", "127.0.0.2"].map {
      try SocketAddress(ip: $0, port: 1)
    }
    #expect(
      addresses.interleaved.compactMap(\.ip) == ["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"])
  }
}
