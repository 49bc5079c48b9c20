// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct LockBehaviourTests {
  /// Tasks that take the lock in turn, note it and keep it.
  private static func keepers(
    _ numbers: ClosedRange<Int>, _ lock: AsyncLock, _ log: Log<Int>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(numbers) { number in
      try await lock.lock()
      log.record(number)
    }
  }

  @Test func `lock-001: Each release lets one task in, in the order of arrival`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let first = await Self.keepers(1...2, lock, log)
      let late = await Self.keepers(3...3, lock, log)
      #expect(log.entries.isEmpty)
      for expected in 1...3 {
        lock.unlock()
        await settle()
        #expect(log.entries == Array(1...expected))
        await settle()
        #expect(log.entries == Array(1...expected))
      }
      for task in first + late { try await task.value }
    }
  }

  @Test func `lock-002: A cancelled waiter is gone, and the holder keeps the lock`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.keepers(1...1, lock, log)
      #expect(lock.statistics.waiting == 1)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(lock.statistics.waiting == 0)
      #expect(lock.isLocked)
      lock.unlock()
      #expect(!lock.isLocked)
    }
  }

  @Test func `lock-003: A release skips a waiter cancelled in the same step`() throws {
    try onLoop {
      let (lock, event, log) = (AsyncLock(), AsyncEvent(), Log<String>())
      let holder = createTask {
        try await lock.withLock { try await event.wait() }
        log.record("A")
      }
      await settle()
      let waiters = await startInTurn(1...2) { number in
        try await lock.withLock { log.record(number == 1 ? "B" : "C") }
      }
      event.set()
      waiters[0].cancel()
      try await holder.value
      await #expect(throws: CancellationError.self) { try await waiters[0].value }
      try await waiters[1].value
      #expect(log.entries.sorted() == ["A", "C"])
      #expect(!lock.isLocked)
    }
  }

  @Test func `lock-004: One release with a cancellation lets exactly one in`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.keepers(1...3, lock, log)
      tasks[0].cancel()
      lock.unlock()
      await settle()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(log.entries == [2])
      #expect(lock.statistics.waiting == 1)
      tasks[2].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[2].value }
      #expect(lock.isLocked)
      lock.unlock()
      #expect(!lock.isLocked)
    }
  }

  @Test func `lock-005: A release is not lost on a waiter that was cancelled`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let cancelled = await Self.keepers(1...1, lock, log)
      let late = createTask {
        try await lock.lock()
        log.record(2)
      }
      // The late task has not run yet.
      cancelled[0].cancel()
      lock.unlock()
      try await late.value
      await #expect(throws: CancellationError.self) { try await cancelled[0].value }
      #expect(log.entries == [2])
    }
  }

  @Test func `lock-008: A section is locked across its suspensions, and free afterwards`() throws {
    try onLoop {
      let lock = AsyncLock()
      let locked = try await lock.withLock {
        let before = lock.isLocked
        try await sleep(for: .seconds(1))
        return before && lock.isLocked
      }
      #expect(locked)
      #expect(!lock.isLocked)
      let semaphore = AsyncSemaphore(permits: 1)
      let permits = try await semaphore.withPermit {
        try await sleep(for: .seconds(1))
        return semaphore.availablePermits
      }
      #expect(permits == 0)
      #expect(semaphore.availablePermits == 1)
      let condition = AsyncCondition()
      let held = try await condition.withLock {
        try await sleep(for: .seconds(1))
        return condition.lock.isLocked
      }
      #expect(held)
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `lock-010: A lock excludes and wakes across two loops`() throws {
    let (lock, inside, rounds) = (AsyncLock(), ConcurrencyGauge(), 500)
    let work: @Sendable () throws -> Void = {
      try EventLoop.run(.init(mode: .scoped)) {
        for _ in 0..<rounds {
          try await lock.withLock {
            inside.enter()
            await Task.yield()
            inside.leave()
          }
        }
      }
    }
    let other = try onLoopOfItsOwnThread(work)
    try work()
    try other.wait()
    #expect(inside.peak == 1)
    #expect(!lock.isLocked)
  }

  @Test func `lock-011: A newcomer does not overtake a waiter that was granted the lock`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let waiter = await Self.keepers(1...1, lock, log)
      lock.unlock()
      #expect(!lock.tryLock())
      let newcomer = await Self.keepers(2...2, lock, log)
      #expect(log.entries == [1])
      lock.unlock()
      await settle()
      #expect(log.entries == [1, 2])
      for task in waiter + newcomer { try await task.value }
    }
  }

  @Test func `B17: Locking again from the task that holds the lock traps`() async {
    await #expect(processExitsWith: .failure) {
      try onLoop {
        let lock = AsyncLock()
        try await lock.lock()
        try await lock.lock()
      }
    }
  }

  @Test func `B19: A waiter that is busy elsewhere when it is served holds up nobody after it`()
    throws
  {
    try onLoop {
      let (lock, log, gate) = (AsyncLock(), Log<Int>(), AsyncEvent())
      try await lock.lock()
      // Served first, and then occupied with something else for a long time.
      let busy = createTask {
        try await lock.withLock { log.record(1) }
        try await gate.wait()
      }
      await settle()
      let later = await startInTurn(2...3) { number in
        try await lock.withLock { log.record(number) }
      }
      lock.unlock()
      for task in later { try await task.value }
      #expect(log.entries == [1, 2, 3])
      gate.set()
      try await busy.value
    }
  }
}
