// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsCompletedTests {
  @Test func `Values come in the order of completion, with the index of their input`() throws {
    let log = Log<[Int]>()
    try onLoop {
      let inputs = [3, 1, 2]
      for try await (index, value) in asCompleted(inputs, { try await Self.nap($0) }) {
        log.record([index, value])
      }
    }
    #expect(log.entries == [[1, 1], [2, 2], [0, 3]])
  }

  @Test func `No input gives nothing`() throws {
    try onLoop {
      for try await _ in asCompleted([Int](), { $0 }) { Issue.record("there is nothing to give") }
    }
  }

  @Test(arguments: [1, 3])
  func `No more operations run than the limit allows`(limit: Int) throws {
    let gauge = ConcurrencyGauge()
    let values = try onLoop {
      var values: [Int] = []
      let results = asCompleted(0..<20, limit: limit) { number in
        gauge.enter()
        defer { gauge.leave() }
        try await sleep(for: .milliseconds(number % 5 + 1))
        return number
      }
      for try await (_, value) in results { values.append(value) }
      return values
    }
    #expect(values.sorted() == Array(0..<20))
    #expect(gauge.peak == limit)
  }

  @Test func `Nothing starts before iteration does`() throws {
    let log = Log<Int>()
    try onLoop {
      let results = asCompleted(0..<3) { log.record($0) }
      try await sleep(for: .seconds(1))
      #expect(log.entries.isEmpty)
      for try await _ in results {}
    }
    #expect(log.entries == [0, 1, 2])
  }

  @Test func `A slow consumer holds the operations back`() throws {
    let log = Log<Int>()
    try onLoop {
      let results = asCompleted(0..<100, limit: 2) { number in
        log.record(number)
        return number
      }
      for try await _ in results {
        try await sleep(for: .seconds(1))
        // One is consumed; two wait in line, and two operations may hold one more each.
        #expect(log.entries.count <= 5)
        break
      }
    }
  }

  @Test func `The first failure is thrown at its turn and cancels the others`() throws {
    let gauge = ConcurrencyGauge()
    let log = Log<Int>()
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TestFailure("two")) {
        let results = asCompleted(1...60) { seconds in
          gauge.enter()
          defer { gauge.leave() }
          try await sleep(for: .seconds(seconds))
          if seconds == 2 { throw TestFailure("two") }
          return seconds
        }
        for try await (_, value) in results { log.record(value) }
      }
      #expect(gauge.inside == 0)
      #expect(elapsed(since: start) == .seconds(2))
    }
    #expect(log.entries == [1])
  }

  @Test func `Leaving the loop early cancels the others`() throws {
    let log = Log<String>()
    try onLoop {
      for try await (index, _) in asCompleted([1, 60], { try await Self.record($0, log) }) {
        #expect(index == 0)
        break
      }
      try await sleep(for: .seconds(120))
    }
    #expect(log.entries == ["1 ended", "60 cancelled"])
  }

  @Test func `Leaving the loop early frees operations that wait for room`() throws {
    let names = try onLoop {
      for try await _ in asCompleted(0..<100, limit: 2, { $0 }) { break }
      try await sleep(for: .seconds(1))
      let loop = try #require(EventLoop.current)
      return loop.tasks.compactMap(\.name)
    }
    #expect(names == ["main"])
  }

  @Test func `Cancelling the consumer cancels the operations and waits for them`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      let task = createTask {
        let results = asCompleted(0..<5) { _ in
          gauge.enter()
          defer { gauge.leave() }
          try await sleep(for: .seconds(60))
        }
        for try await _ in results {}
      }
      await settle()
      #expect(gauge.inside == 5)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(gauge.inside == 0)
    }
  }

  @Test func `After an error the sequence has ended`() throws {
    try onLoop {
      var iterator = asCompleted(
        0..<3,
        { number in
          if number == 0 { throw TestFailure("zero") }
          return number
        }
      ).makeAsyncIterator()
      await settle()
      var failure: (any Error)?
      do { _ = try await iterator.next() } catch { failure = error }
      #expect(failure as? TestFailure == TestFailure("zero"))
      let next = try await iterator.next()
      #expect(next == nil)
    }
  }

  private static func nap(_ seconds: Int) async throws -> Int {
    try await sleep(for: .seconds(seconds))
    return seconds
  }

  private static func record(_ seconds: Int, _ log: Log<String>) async throws {
    do {
      try await sleep(for: .seconds(seconds))
      log.record("\(seconds) ended")
    } catch {
      log.record("\(seconds) cancelled")
      throw error
    }
  }
}
