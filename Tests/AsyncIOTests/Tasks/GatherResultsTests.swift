// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct GatherResultsTests {
  @Test func `gather-003: Every outcome is kept, in the order of the inputs`() throws {
    let texts = try onLoop {
      await gatherResults(0..<4) { number in
        try await sleep(for: .seconds(4 - number))
        if number % 2 == 1 { throw TestFailure("\(number)") }
        return number
      }.map(Self.text)
    }
    #expect(texts == ["0", "failed 1", "2", "failed 3"])
  }

  @Test func `Operations of different types give their results`() throws {
    try onLoop {
      let two = await gatherResults({ 1 }, { throw TestFailure("b") })
      #expect(Self.text(two.0) == "1" && Self.text(two.1) == "failed b")
      let three = await gatherResults({ 1 }, { "two" }, { 3.0 })
      #expect([Self.text(three.0), Self.text(three.1), Self.text(three.2)] == ["1", "two", "3.0"])
      let four = await gatherResults({ 1 }, { 2 }, { 3 }, { "four" })
      #expect([Self.text(four.0), Self.text(four.3)] == ["1", "four"])
      let five = await gatherResults({ 1 }, { 2 }, { 3 }, { 4 }, { "five" })
      #expect([Self.text(five.0), Self.text(five.4)] == ["1", "five"])
      let six = await gatherResults({ 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { "six" })
      #expect([Self.text(six.0), Self.text(six.5)] == ["1", "six"])
    }
  }

  @Test func `A failure stops nobody`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      _ = await gatherResults(
        { throw TestFailure("at once") }, { try await sleep(for: .seconds(5)) })
      return elapsed(since: start)
    }
    #expect(time == .seconds(5))
  }

  @Test func `No more operations run than the limit allows`() throws {
    let gauge = ConcurrencyGauge()
    try onLoop {
      let results = await gatherResults(0..<30, limit: 4) { number in
        gauge.enter()
        defer { gauge.leave() }
        try await sleep(for: .seconds(1))
        if number == 3 { throw TestFailure("three") }
      }
      #expect(results.count == 30)
    }
    #expect(gauge.peak == 4)
  }

  @Test func `Cancelled from outside, inputs that were not begun are cancelled too`() throws {
    let log = Log<Int>()
    let texts = try onLoop {
      let task = createTask {
        await gatherResults(0..<5, limit: 2) { number in
          log.record(number)
          try await sleep(for: .seconds(1))
          return number
        }.map(Self.text)
      }
      try await sleep(for: .milliseconds(1500))
      task.cancel()
      return try await task.value
    }
    #expect(log.entries == [0, 1, 2, 3])
    #expect(texts == ["0", "1", "cancelled", "cancelled", "cancelled"])
  }

  @Test func `A task that is cancelled already begins no input`() throws {
    let log = Log<Int>()
    let texts = try onLoop {
      let task = createTask {
        cancelThisTask()
        return await gatherResults(0..<2) { number in
          log.record(number)
          return number
        }.map(Self.text)
      }
      return try await task.value
    }
    #expect(log.entries.isEmpty)
    #expect(texts == ["cancelled", "cancelled"])
  }

  @Test func `No input gives no result`() throws {
    let count = try onLoop { await gatherResults([Int]()) { $0 }.count }
    #expect(count == 0)
  }

  @Test func `Errors that are in the results are not logged`() {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        _ = await gatherResults(0..<3) { _ in throw TestFailure("kept") }
      }
    }
    #expect(lines.isEmpty)
  }

  private static func text<Value>(_ result: Result<Value, any Error>) -> String {
    switch result {
    case .success(let value): "\(value)"
    case .failure(let failure as TestFailure): "failed \(failure.name)"
    case .failure(is CancellationError): "cancelled"
    case .failure(let error): "unexpected \(error)"
    }
  }
}
