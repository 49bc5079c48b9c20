// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Parties that meet at a barrier again and again, are cancelled while they wait, and now and then
/// break it.
///
/// Each generation has each position once, and nobody passes before all have come.
public struct BarrierWorkload: Workload {
  /// What it is called.
  public let name = "barrier"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    let parties = 2 + Int(round.seed % 4)
    let barrier = AsyncBarrier(parties: parties)
    let generations = max(1, round.operations / parties / 4)
    let passed = Locked([Int: Set<Int>]())
    let farthest = Locked([Int](repeating: 0, count: parties))
    try await round.lanes(parties) { lane in
      for generation in 0..<generations {
        if lane.random.chance(2) { barrier.reset() }
        if lane.random.chance(1) {
          barrier.abort()
          barrier.reset()
        }
        let position = try await meet(barrier, lane)
        let isNew = passed.withLock {
          $0[generation, default: []].insert(position).inserted
        }
        try round.check(
          isNew && (0..<parties).contains(position),
          "position \(position) was given twice in generation \(generation)")
        let slowest = farthest.withLock { farthest in
          farthest[lane.index] = generation + 1
          return farthest.min() ?? 0
        }
        try round.check(
          slowest >= generation, "a party was \(generation + 1 - slowest) generations ahead")
      }
    }
    let isComplete = passed.withLock { passed in
      passed.count == generations && passed.values.allSatisfy { $0.count == parties }
    }
    try round.check(isComplete, "a generation had too few parties")
    try round.check(barrier.waiting == 0, "\(barrier.waiting) parties wait in the end")
    try await lines(round)
  }

  /// Comes to the barrier until it lets this party pass.
  private func meet(_ barrier: AsyncBarrier, _ lane: Lane) async throws -> Int {
    while true {
      do {
        if let position = try await lane.attempt({ try await barrier.arriveAndWait() }) {
          return position
        }
      } catch is BrokenBarrierError {
        await lane.pause()
      }
    }
  }

  private func lines(_ round: Round) async throws {
    try await round.lanes(2) { lane in
      for _ in 0..<max(1, round.operations / 2_000) {
        let barrier = AsyncBarrier(parties: 16)
        try await lane.line("barrier", 12, waiting: { barrier.waiting }) {
          try await barrier.arriveAndWait()
        } serve: { count in
          // As many as are missing.
          let others = (count..<16).map { _ in
            lane.spawn { try await barrier.arriveAndWait() }
          }
          for other in others { _ = try await other.value }
        }
      }
    }
  }
}
