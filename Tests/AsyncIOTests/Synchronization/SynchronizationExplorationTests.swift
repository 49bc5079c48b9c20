// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Tasks that come, wait with a timeout and are cancelled at random, under seeded schedules:
/// whatever the order, nothing is over-granted, and nothing is lost.
@Suite struct SynchronizationExplorationTests {
  @Test func `Permits are conserved, and never too many are held`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let permits = 1 + random.next(below: 3)
      let (semaphore, gauge) = (AsyncSemaphore(permits: permits, bounded: true), ConcurrencyGauge())
      var tasks: [Task<Void, any Error>] = []
      for _ in 0..<8 {
        let plan = Plan(&random)
        let count = 1 + random.next(below: permits)
        tasks.append(
          createTask {
            try await plan.run {
              try await semaphore.acquire(count: count)
              for _ in 0..<count { gauge.enter() }
            } giveBack: {
              for _ in 0..<count { gauge.leave() }
              semaphore.release(count: count)
            }
          })
      }
      try await Plan.cancelSome(of: tasks, &random)
      for task in tasks { try await awaitEnd(of: task) }
      try require(gauge.peak <= permits, "\(gauge.peak) of \(permits) permits were held")
      let statistics = semaphore.statistics
      try require(statistics == .init(permits: permits, waiting: 0), "\(statistics)")
    }
  }

  @Test func `One task at a time holds a lock, and it is free in the end`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let (lock, gauge) = (AsyncLock(), ConcurrencyGauge())
      var tasks: [Task<Void, any Error>] = []
      for _ in 0..<8 {
        let plan = Plan(&random)
        tasks.append(
          createTask {
            try await plan.run {
              try await lock.lock()
              gauge.enter()
            } giveBack: {
              gauge.leave()
              lock.unlock()
            }
          })
      }
      try await Plan.cancelSome(of: tasks, &random)
      for task in tasks { try await awaitEnd(of: task) }
      try require(gauge.peak == 1, "\(gauge.peak) tasks held the lock")
      let statistics = lock.statistics
      try require(statistics == .init(isLocked: false, waiting: 0), "\(statistics)")
    }
  }

  @Test func `A condition loses no notification`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let shelf = Shelf()
      var takers: [Task<Void, any Error>] = []
      for _ in 0..<4 {
        let limit = random.next(below: 5)
        takers.append(createTask { try await shelf.takeForEver(timeout: limit) })
      }
      let putter = createTask {
        for item in 0..<10 {
          try await sleep(for: .milliseconds(item % 3))
          try await shelf.put(item)
        }
      }
      try await Plan.cancelSome(of: Array(takers.dropLast()), &random)
      try await putter.value
      await settle()
      try shelf.checkNobodyWaitsInVain()
      for taker in takers { taker.cancel() }
      for taker in takers { try await awaitEnd(of: taker) }
      try shelf.checkNothingIsLost(10)
    }
  }
}

/// What one task of a random program does: waits for something with a timeout, and holds it.
private struct Plan: Sendable {
  let rounds: Int
  let limit: Int
  let pause: Int

  init(_ random: inout SplitMix64) {
    rounds = 1 + random.next(below: 4)
    limit = 1 + random.next(below: 6)
    pause = random.next(below: 4)
  }

  /// `take` waits; `giveBack`, called in the end, gives back what `take` has got.
  func run(
    take: @Sendable () async throws -> Void, giveBack: @Sendable () -> Void
  ) async throws {
    for _ in 0..<rounds {
      do {
        try await withTimeout(.milliseconds(limit)) { try await take() }
      } catch is TimeoutError {
        continue
      }
      defer { giveBack() }
      try await sleep(for: .milliseconds(pause))
    }
  }

  /// Cancels about one task in three, at random times.
  static func cancelSome(
    of tasks: [Task<Void, any Error>], _ random: inout SplitMix64
  ) async throws {
    for task in tasks where random.next(below: 3) == 0 {
      try await sleep(for: .milliseconds(random.next(below: 4)))
      task.cancel()
    }
  }
}

/// A shelf of items, guarded by a condition: an unbounded queue made by hand.
private final class Shelf: Sendable {
  private struct State {
    var items: [Int] = []
    var taken: [Int] = []
  }

  private let condition = AsyncCondition()
  private let state = Guarded(State())

  func put(_ item: Int) async throws {
    try await condition.withLock {
      state.withLock { $0.items.append(item) }
      condition.notify()
    }
  }

  func takeForEver(timeout milliseconds: Int) async throws {
    while true {
      if milliseconds == 0 {
        try await take()
      } else {
        _ = try await moveOn(after: .milliseconds(milliseconds)) { try await self.take() }
      }
    }
  }

  private func take() async throws {
    try await condition.withLock {
      try await condition.wait(until: { state.withLock { !$0.items.isEmpty } })
      state.withLock { $0.taken.append($0.items.removeFirst()) }
    }
  }

  func checkNobodyWaitsInVain() throws {
    let left = state.withLock { $0.items }
    try require(left.isEmpty || condition.waiting == 0, "items \(left) are there, and tasks wait")
  }

  func checkNothingIsLost(_ count: Int) throws {
    let all = state.withLock { $0.items + $0.taken }
    try require(all.sorted() == Array(0..<count), "the items are \(all)")
    try require(condition.waiting == 0, "\(condition.waiting) tasks wait")
    let statistics = condition.lock.statistics
    try require(statistics == .init(isLocked: false, waiting: 0), "\(statistics)")
  }
}
