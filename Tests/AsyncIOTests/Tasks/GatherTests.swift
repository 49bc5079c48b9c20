// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct GatherTests {
  @Test func `Operations of different types give their values in order`() throws {
    try onLoop {
      let (number, text) = try await gather({ 1 }, { "two" })
      #expect(number == 1 && text == "two")
      let three = try await gather({ 1 }, { "two" }, { 3.0 })
      #expect(three.0 == 1 && three.1 == "two" && three.2 == 3.0)
      let four = try await gather({ 1 }, { 2 }, { 3 }, { "four" })
      #expect(four.0 + four.1 + four.2 == 6 && four.3 == "four")
      let five = try await gather({ 1 }, { 2 }, { 3 }, { 4 }, { "five" })
      #expect(five.0 + five.1 + five.2 + five.3 == 10 && five.4 == "five")
      let six = try await gather({ 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { "six" })
      #expect(six.0 + six.1 + six.2 + six.3 + six.4 == 15 && six.5 == "six")
    }
  }

  @Test func `Operations run beside each other`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      _ = try await gather(
        { try await sleep(for: .seconds(3)) }, { try await sleep(for: .seconds(2)) })
      return elapsed(since: start)
    }
    #expect(time == .seconds(3))
  }

  @Test func `Results have the order of the inputs, not of completion`() throws {
    let values = try onLoop {
      try await gather([3, 1, 2]) { seconds in
        try await sleep(for: .seconds(seconds))
        return seconds * 10
      }
    }
    #expect(values == [30, 10, 20])
  }

  @Test(arguments: [1, 3, 10])
  func `No more operations run than the limit allows`(limit: Int) throws {
    let gauge = ConcurrencyGauge()
    let values = try onLoop {
      try await gather(0..<50, limit: limit) { number in
        gauge.enter()
        defer { gauge.leave() }
        try await sleep(for: .milliseconds(number % 7))
        return number
      }
    }
    #expect(values == Array(0..<50))
    #expect(gauge.peak == limit)
  }

  @Test func `Without a limit all run at once`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      _ = try await gather(0..<50) { _ in
        gauge.enter()
        try await sleep(for: .seconds(1))
        gauge.leave()
      }
    }
    #expect(gauge.peak == 50)
  }

  @Test func `No input gives no result`() throws {
    let values = try onLoop { try await gather([Int]()) { $0 } }
    #expect(values.isEmpty)
  }

  @Test func `Inputs are pulled as there is room for them`() throws {
    let pulled = Guarded(0)
    #expect(throws: TestFailure("enough")) {
      try onLoop {
        _ = try await gather(EndlessInputs(pulled: pulled), limit: 3) { number in
          if number == 10 { throw TestFailure("enough") }
          try await sleep(for: .seconds(1))
        }
      }
    }
    #expect(pulled.withLock { $0 } <= 13)
  }

  @Test func `gather-002: The first failure cancels the others and waits for them`() throws {
    let log = Log<String>()
    let time = try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TestFailure("first")) {
        _ = try await gather(
          {
            try await sleep(for: .seconds(1))
            throw TestFailure("first")
          },
          {
            defer { log.record("cleaned up") }
            do { try await sleep(for: .seconds(60)) } catch {
              try await withCancellationShield(grace: .seconds(9)) {
                try await sleep(for: .seconds(2))
              }
              throw error
            }
          })
      }
      log.record("returned")
      return elapsed(since: start)
    }
    #expect(log.entries == ["cleaned up", "returned"])
    #expect(time == .seconds(3))
  }

  @Test func `After a failure no further input is begun`() throws {
    let log = Log<Int>()
    try onLoop {
      _ = await #expect(throws: TestFailure("stop")) {
        _ = try await gather(0..<100, limit: 2) { number in
          log.record(number)
          try await sleep(for: .seconds(1))
          if number == 2 { throw TestFailure("stop") }
        }
      }
    }
    #expect(log.entries.count <= 4)
  }

  @Test func `gather-008: B69 A later error of a sibling is logged, not thrown`() {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        await #expect(throws: TestFailure("first")) {
          _ = try await gather(
            { throw TestFailure("first") }, { try await sleep(for: .seconds(60)) },
            {
              do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("third") }
            })
        }
      }
    }
    #expect(lines.count == 1)
    #expect(lines.first?.contains("third") == true)
    #expect(lines.first?.contains("GatherTests.swift") == true)
  }

  @Test func `Cancelled from outside, all are cancelled and awaited`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      let task = createTask {
        _ = try await gather(0..<10) { _ in
          gauge.enter()
          defer { gauge.leave() }
          try await sleep(for: .seconds(60))
        }
      }
      await settle()
      #expect(gauge.inside == 10)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(gauge.inside == 0)
    }
  }

  @Test func `Cancelled with inputs left, it throws although all that ran succeeded`() throws {
    let log = Log<Int>()
    try onLoop {
      let task = createTask {
        try await gather(0..<10, limit: 2) { number in
          _ = try? await sleep(for: .seconds(1))
          log.record(number)
          return number
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
    #expect(log.entries == [0, 1])
  }

  @Test func `A task that is cancelled already starts nothing`() throws {
    let log = Log<Int>()
    try onLoop {
      let task = createTask {
        cancelThisTask()
        _ = try await gather({ log.record(1) }, { log.record(2) })
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      let other = createTask {
        cancelThisTask()
        _ = try await gather([1, 2]) { log.record($0) }
      }
      await #expect(throws: CancellationError.self) { try await other.value }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `gather-004: An operation's own cancellation error counts as a failure`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: CancellationError.self) {
        _ = try await gather(
          { throw CancellationError() }, { try await sleep(for: .seconds(60)) })
      }
      #expect(elapsed(since: start) == .zero)
    }
  }

  @Test func `The operations are named after the call and their index`() throws {
    let names = try onLoop {
      let task = createTask {
        _ = try await gather([0, 1]) { _ in try await sleep(for: .seconds(1)) }
      }
      await settle()
      let loop = try #require(EventLoop.current)
      let names = loop.tasks.compactMap(\.name)
      try await task.value
      return names
    }
    #expect(names == ["main", "gather[0]", "gather[1]"])
  }

  @Test func `Gathers nest`() throws {
    let sums = try onLoop {
      try await gather(1...10, limit: 3) { outer in
        try await gather(1...outer, limit: 2) { $0 }.reduce(0, +)
      }
    }
    #expect(sums == (1...10).map { $0 * ($0 + 1) / 2 })
  }

  @Test func `A hundred thousand inputs take no more tasks than the limit`() throws {
    let most = Guarded(0)
    let values = try onLoop {
      let loop = try #require(EventLoop.current)
      return try await gather(0..<100_000, limit: 10) { number in
        let tasks = number % 1000 == 0 ? loop.metrics.tasks : 0
        most.withLock { $0 = max($0, tasks) }
        return number
      }
    }
    #expect(values.count == 100_000)
    #expect(most.withLock { $0 } <= 11)
  }
}

/// The natural numbers, counting how many of them were asked for.
private struct EndlessInputs: Sequence, IteratorProtocol {
  let pulled: Guarded<Int>
  private var number = 0

  init(pulled: Guarded<Int>) { self.pulled = pulled }

  mutating func next() -> Int? {
    pulled.withLock { $0 += 1 }
    defer { number += 1 }
    return number
  }
}
