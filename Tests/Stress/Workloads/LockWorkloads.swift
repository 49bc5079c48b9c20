// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

struct LockWorkload: Workload {
  static let name = "lock"
  private let lock = AsyncLock()
  private let inside = Counter()
  private let entered = Counter()
  /// Changed without any protection but the lock's.
  private let unprotected = Box(0)

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    if random.chance(20) {
      guard lock.tryLock() else { return }
      enter()
      lock.unlock()
      return
    }
    let yields = random.chance(30)
    try await lock.withLock {
      enter()
      if yields { await Task.yield() }
    }
  }

  private func enter() {
    inside.add()
    unprotected.value += 1
    entered.add()
    inside.add(-1)
  }

  func check() throws {
    try require(inside.largest <= 1, "\(inside.largest) held the lock at once")
    try require(
      unprotected.value == entered.value, "\(entered.value - unprotected.value) updates were lost")
    try require(!lock.isLocked && lock.statistics.waiting == 0, "left \(lock.statistics)")
  }
}

/// A variable that something else protects.
///
/// Unchecked: that is what the workload checks.
final class Box: @unchecked Sendable {
  var value: Int
  init(_ value: Int) { self.value = value }
}

struct SemaphoreWorkload: Workload {
  static let name = "semaphore"
  private static let permits = 3
  private let semaphore = AsyncSemaphore(permits: permits, bounded: true)
  private let held = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let count = Int.random(in: 1...Self.permits, using: &random)
    if random.chance(20) {
      guard semaphore.tryAcquire(count: count) else { return }
    } else if random.chance(20) {
      try await withTimeout(.microseconds(Int.random(in: 0..<200, using: &random))) {
        try await semaphore.acquire(count: count)
      }
    } else {
      try await semaphore.acquire(count: count)
    }
    held.add(count)
    if random.chance(50) { await Task.yield() }
    held.add(-count)
    semaphore.release(count: count)
  }

  func check() throws {
    try require(held.largest <= Self.permits, "\(held.largest) permits were held at once")
    try require(
      semaphore.availablePermits == Self.permits && semaphore.statistics.waiting == 0,
      "left \(semaphore.statistics)")
  }
}

/// Tasks come one after the other, some are cancelled, and the others are served one after the other.
struct FairnessWorkload: Workload {
  static let name = "fairness"
  private let served = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let (semaphore, acknowledged) = (AsyncSemaphore(permits: 0), AsyncQueue<Int>())
    let tasks = try await line(Int.random(in: 2...6, using: &random), semaphore, acknowledged)
    var expected: [Int] = []
    for (number, task) in tasks.enumerated() {
      if random.chance(30) {
        task.cancel()
        // Gone, before the others are served.
        do { try await task.value } catch is CancellationError {}
      } else {
        expected.append(number)
      }
    }
    for number in expected {
      semaphore.release()
      // Whoever cancels this operation waits for its end.
      let first = try await withCancellationShield(grace: .seconds(3600)) {
        try await acknowledged.get()
      }
      try require(first == number, "task \(first) was served in the turn of task \(number)")
      served.add()
    }
    for number in expected { try await tasks[number].value }
  }

  /// Starts tasks that wait for a permit, each when the one before is in line.
  private func line(
    _ count: Int, _ semaphore: AsyncSemaphore, _ acknowledged: AsyncQueue<Int>
  ) async throws -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<count {
      tasks.append(
        createTask {
          try await semaphore.acquire()
          try await acknowledged.put(number)
        })
      while semaphore.statistics.waiting <= number { await Task.yield() }
    }
    return tasks
  }

  func check() throws { try require(served.value > 0, "nobody was served") }
}

struct ConditionWorkload: Workload {
  static let name = "condition"
  private let condition = AsyncCondition()
  /// Protected by the condition's lock.
  private let available = Box(0)
  private let produced = Counter()
  private let consumed = Counter()
  private let isClosed = Box(0)

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    // As many produce as consume, and nobody waits for more than there will be.
    if worker % 2 == 0 {
      try await withCancellationShield(grace: .seconds(3600)) {
        try await condition.withLock {
          available.value += 1
          produced.add()
          condition.notify()
        }
      }
    } else {
      try await withTimeout(.milliseconds(Int.random(in: 1...20, using: &random))) {
        try await condition.withLock {
          try await condition.wait(until: { available.value > 0 })
          available.value -= 1
          consumed.add()
        }
      }
    }
  }

  func check() throws {
    try require(available.value >= 0, "more was consumed than produced")
    try require(
      produced.value == consumed.value + available.value,
      "produced \(produced.value), consumed \(consumed.value), left \(available.value)")
    try require(condition.waiting == 0, "\(condition.waiting) wait in the end")
    try require(!condition.lock.isLocked, "the lock is held in the end")
  }
}
