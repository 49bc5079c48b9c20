// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Seeded programs, each cancelled at some random time: whatever the order, everybody ends, nothing
/// is left behind, and the outcome is one of those that the documentation allows.
@Suite struct TaskExplorationTests {
  @Test func `Scopes under random failures and cancellations`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let steps = Step.random(6, &random)
      let cancelAt = random.next(below: 12)
      let gauge = ConcurrencyGauge()
      let task = createTask {
        try await withTaskScope { scope in
          for step in steps { scope.spawn { try await step.run(gauge) } }
          try await sleep(for: .milliseconds(8))
        }
      }
      try await Self.cancel(task, after: cancelAt)
      do { try await task.value } catch let group as ErrorGroup {
        try Self.check(group, steps)
      } catch is CancellationError {}
      try Self.checkNothingIsLeft(gauge)
    }
  }

  @Test func `Scopes that keep going throw the error of each that failed`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let steps = Step.random(6, &random)
      let gauge = ConcurrencyGauge()
      var thrown = 0
      do {
        try await withTaskScope(onFailure: .keepGoing, limit: 3) { scope in
          for step in steps { scope.spawn { try await step.run(gauge) } }
        }
      } catch let group as ErrorGroup {
        thrown = group.errors.count
        try Self.check(group, steps)
      }
      try require(thrown == steps.count(where: \.fails), "\(thrown) errors were thrown")
      try require(gauge.peak <= 3, "\(gauge.peak) ran at once")
      try Self.checkNothingIsLeft(gauge)
    }
  }

  @Test func `Gathers under random failures and cancellations`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let steps = Step.random(10, &random)
      let (cancelAt, limit) = (random.next(below: 15), 1 + random.next(below: 4))
      let gauge = ConcurrencyGauge()
      let task = createTask {
        try await gather(steps, limit: limit) { step in
          try await step.run(gauge)
          return step.number
        }
      }
      try await Self.cancel(task, after: cancelAt)
      do {
        let numbers = try await task.value
        try require(numbers == Array(0..<10), "the values are \(numbers)")
        try require(!steps.contains(where: \.fails), "a failure was lost")
      } catch is CancellationError {} catch let failure as TestFailure {
        try require(steps.contains { $0.fails && $0.name == failure.name }, "\(failure)")
      }
      try require(gauge.peak <= limit, "\(gauge.peak) ran at once")
      try Self.checkNothingIsLeft(gauge)
    }
  }

  @Test func `Timeouts against values and cancellations of about the same time`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let (work, limit) = (1 + random.next(below: 4), 1 + random.next(below: 4))
      let cancelAt = 1 + random.next(below: 6)
      let task = createTask {
        try await withTimeout(.milliseconds(limit)) {
          try await sleep(for: .milliseconds(work))
          return work
        }
      }
      try await Self.cancel(task, after: cancelAt)
      do {
        _ = try await task.value
        try require(work <= limit && work <= cancelAt, "the value came too late")
      } catch is TimeoutError {
        try require(limit <= work && limit <= cancelAt, "the time was not up")
      } catch is CancellationError {
        try require(cancelAt <= work && cancelAt <= limit, "it was not cancelled yet")
      }
      try Self.checkNothingIsLeft(ConcurrencyGauge())
    }
  }

  @Test func `As completed under random failures, cancellations and early ends`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let steps = Step.random(8, &random)
      let (cancelAt, limit) = (random.next(below: 15), 1 + random.next(below: 3))
      let stopAfter = random.next(below: 12)
      let gauge = ConcurrencyGauge()
      let task = createTask {
        var seen: Set<Int> = []
        for try await (index, _) in asCompleted(
          steps, limit: limit, { step in try await step.run(gauge) })
        {
          try require(seen.insert(index).inserted, "index \(index) came twice")
          if seen.count > stopAfter { break }
        }
      }
      try await Self.cancel(task, after: cancelAt)
      do { try await task.value } catch is CancellationError {} catch let failure as TestFailure {
        try require(steps.contains { $0.fails && $0.name == failure.name }, "\(failure)")
      }
      await settle()
      try require(gauge.peak <= limit, "\(gauge.peak) ran at once")
      try require(gauge.inside == 0, "\(gauge.inside) were left behind")
    }
  }

  private static func cancel<Success>(
    _ task: Task<Success, any Error>, after milliseconds: Int
  ) async throws {
    try await sleep(for: .milliseconds(milliseconds))
    task.cancel()
  }

  /// Each error is that of a step that fails, and comes once.
  private static func check(_ group: ErrorGroup, _ steps: [Step]) throws {
    let names = group.errors.compactMap { ($0 as? TestFailure)?.name }
    try require(names.count == group.errors.count, "not all are ours: \(group)")
    try require(Set(names).count == names.count, "an error came twice: \(group)")
    let allowed = Set(steps.filter(\.fails).map(\.name))
    try require(allowed.isSuperset(of: names), "an error nobody threw: \(group)")
  }

  private static func checkNothingIsLeft(_ gauge: ConcurrencyGauge) throws {
    try require(gauge.inside == 0, "\(gauge.inside) were left behind")
    guard let loop = EventLoop.current else { return }
    try require(loop.timers.isEmpty, "\(loop.timers.count) timers are left")
    try require(loop.tasks.count == 1, "tasks are left: \(loop.tasks)")
  }
}

/// What one child of a random program does.
private struct Step: Sendable {
  let number: Int
  let milliseconds: Int
  let fails: Bool

  var name: String { "step \(number)" }

  static func random(_ count: Int, _ random: inout SplitMix64) -> [Step] {
    var steps: [Step] = []
    for number in 0..<count {
      steps.append(
        Step(
          number: number, milliseconds: random.next(below: 8), fails: random.next(below: 4) == 0))
    }
    return steps
  }

  func run(_ gauge: ConcurrencyGauge) async throws {
    gauge.enter()
    defer { gauge.leave() }
    try await sleep(for: .milliseconds(milliseconds))
    if fails { throw TestFailure(name) }
  }
}
