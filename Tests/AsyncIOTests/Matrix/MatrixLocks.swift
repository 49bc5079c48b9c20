// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// A lock that the test holds; a grant unlocks it.
struct LockState: MatrixState {
  private let lock = AsyncLock()
  private let gauge = ConcurrencyGauge()
  private let isHeld = Guarded(true)

  init() { _ = lock.tryLock() }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await lock.withLock {
      gauge.enter()
      defer { gauge.leave() }
      served()
      await Task.yield()
    }
  }

  func grant() {
    let mustUnlock = isHeld.withLock { isHeld in
      defer { isHeld = false }
      return isHeld
    }
    if mustUnlock || lock.tryLock() { lock.unlock() }
  }

  func finish() { grant() }

  func check(served: [Int]) throws {
    try require(gauge.peak <= 1, "\(gauge.peak) held the lock at once")
    try require(!lock.isLocked, "the lock is not free in the end")
    let undisturbed = served.filter { $0 != MatrixRun.victim }
    try require(undisturbed == undisturbed.sorted(), "served out of order: \(served)")
  }
}

/// A semaphore whose permits the test holds; a grant releases one.
struct SemaphoreState: MatrixState {
  private let semaphore: AsyncSemaphore
  private let permits: Int
  private let held: Guarded<Int>
  private let gauge = ConcurrencyGauge()

  init(permits: Int) {
    self.permits = permits
    semaphore = AsyncSemaphore(permits: permits, bounded: true)
    _ = semaphore.tryAcquire(count: permits)
    held = Guarded(permits)
  }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await semaphore.withPermit {
      gauge.enter()
      defer { gauge.leave() }
      served()
      await Task.yield()
    }
  }

  func grant() {
    let mustRelease = held.withLock { held in
      defer { held = max(0, held - 1) }
      return held > 0
    }
    if mustRelease || semaphore.tryAcquire() { semaphore.release() }
  }

  func finish() {
    for _ in 0..<permits { grant() }
  }

  func check(served: [Int]) throws {
    try require(gauge.peak <= permits, "\(gauge.peak) of \(permits) permits were held at once")
    let free = semaphore.availablePermits
    try require(free == permits, "\(free) of \(permits) permits are free in the end")
    let undisturbed = served.filter { $0 != MatrixRun.victim }
    // With one permit they run one after the other; with two, the seed decides who runs first.
    try require(
      permits > 1 || undisturbed == undisturbed.sorted(), "served out of order: \(served)")
  }
}

struct EventState: MatrixState {
  private let event = AsyncEvent()

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await event.wait()
    served()
  }

  func grant() {
    event.set()
    event.clear()
  }

  func finish() { event.set() }

  func check(served: [Int]) throws {
    try require(event.waiting == 0, "\(event.waiting) wait for a set event")
    try require(Set(served).count == served.count, "woken twice: \(served)")
  }
}

/// A grant notifies one.
struct ConditionState: MatrixState {
  private let condition = AsyncCondition()

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await condition.withLock {
      try await condition.wait()
      served()
    }
  }

  func grant() { notify(1) }
  func finish() { notify(.max) }
  func mustServe(grants: Int, undisturbed: Int) -> Int { min(grants, undisturbed) }

  private func notify(_ count: Int) {
    // Whoever holds the lock will not mind.
    let isMine = condition.lock.tryLock()
    condition.notify(count)
    if isMine { condition.lock.unlock() }
  }

  func check(served: [Int]) throws {
    try require(condition.waiting == 0, "\(condition.waiting) wait in the end")
    try require(!condition.lock.isLocked, "the lock is not free in the end")
    try require(Set(served).count == served.count, "woken twice: \(served)")
  }
}

/// A barrier for one more than there are; a grant is that one coming.
struct BarrierState: MatrixState {
  private static let parties = MatrixRun.waiters + 1
  private let barrier = AsyncBarrier(parties: parties)
  private let positions = Log<Int>()

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    positions.record(try await barrier.arriveAndWait())
    served()
  }

  func grant() { arrive(1) }

  func shutDown() -> Bool {
    barrier.abort()
    return true
  }

  func finish() {
    if barrier.waiting > 0 { arrive(Self.parties - barrier.waiting) }
  }

  private func arrive(_ count: Int) {
    for _ in 0..<count {
      createTask(name: "replacement") {
        do { try await barrier.arriveAndWait() } catch is BrokenBarrierError {}
      }
    }
  }

  func mustServe(grants: Int, undisturbed: Int) -> Int {
    // One is missing when one was disturbed, and nobody passes.
    undisturbed + grants >= Self.parties ? undisturbed : 0
  }

  func check(served: [Int]) throws {
    try require(barrier.waiting == 0, "\(barrier.waiting) wait in the end")
    try require(
      positions.entries.allSatisfy { (0..<Self.parties).contains($0) },
      "positions \(positions.entries)")
  }
}
