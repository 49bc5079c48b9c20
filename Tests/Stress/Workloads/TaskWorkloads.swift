// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

private struct Failure: Error {}

struct ScopeWorkload: Workload {
  static let name = "task scope"
  private let running = Counter()
  private let started = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let plan = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      (fails: random.chance(15), waits: random.chance(50))
    }
    let cancels = random.chance(10)
    do {
      try await withTaskScope { scope in
        for (fails, waits) in plan {
          scope.spawn { [running, started] in
            started.add()
            running.add()
            defer { running.add(-1) }
            if waits { try await sleep(for: .microseconds(50)) } else { await Task.yield() }
            if fails { throw Failure() }
          }
        }
        if cancels { scope.cancel() }
      }
    } catch let group as ErrorGroup {
      try require(group.errors.allSatisfy { $0 is Failure }, "a foreign error: \(group)")
      try require(group.errors.count <= plan.count { $0.fails }, "an error counted twice: \(group)")
    }
  }

  func check() throws {
    try require(running.value == 0, "\(running.value) children outlived their scope")
    try require(started.value > 0, "no child ran")
  }
}

struct GatherWorkload: Workload {
  static let name = "gather"
  private let running = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let (count, limit) = (
      Int.random(in: 1...8, using: &random), Int.random(in: 1...4, using: &random)
    )
    let bad = random.chance(20) ? Int.random(in: 0..<count, using: &random) : nil
    let inside = Counter()
    do {
      let values = try await gather(0..<count, limit: limit) { [running] index in
        running.add()
        inside.add()
        defer {
          inside.add(-1)
          running.add(-1)
        }
        if index % 2 == 0 { await Task.yield() } else { try await sleep(for: .microseconds(20)) }
        if index == bad { throw Failure() }
        return index * index
      }
      try require(values == (0..<count).map { $0 * $0 }, "gathered \(values)")
      try require(bad == nil, "a failure was lost")
    } catch is Failure {
      try require(bad != nil, "a failure out of nowhere")
    }
    try require(inside.value == 0, "\(inside.value) operations outlived their gather")
    try require(inside.largest <= limit, "\(inside.largest) operations ran at once, of \(limit)")
  }

  func check() throws {
    try require(running.value == 0, "\(running.value) operations outlived their gathers")
  }
}

struct TimeoutWorkload: Workload {
  static let name = "timeout"
  private let values = Counter()
  private let timeouts = Counter()
  private let running = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let limit = Duration.microseconds(Int.random(in: -20..<300, using: &random))
    let time = Duration.microseconds(Int.random(in: 0..<200, using: &random))
    let moves = random.chance(20)
    do {
      let value = try await withTimeout(limit) { timeout in
        running.add()
        defer { running.add(-1) }
        if moves { timeout.reschedule(to: .now + .microseconds(100)) }
        try await sleep(for: time)
        return 7
      }
      try require(value == 7, "a value from elsewhere: \(value)")
      values.add()
    } catch is TimeoutError {
      timeouts.add()
    }
  }

  func check() throws {
    try require(running.value == 0, "\(running.value) bodies outlived their timeouts")
    try require(values.value > 0, "no body was in time")
  }
}
