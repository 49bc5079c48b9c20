// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Dispatch
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncLockTests {
  @Test func `A lock is taken and given back`() throws {
    try onLoop {
      let lock = AsyncLock()
      #expect(!lock.isLocked)
      try await lock.lock()
      #expect(lock.isLocked)
      lock.unlock()
      #expect(lock.statistics == .init(isLocked: false, waiting: 0))
    }
  }

  @Test func `withLock returns its body's value and unlocks`() throws {
    try onLoop {
      let lock = AsyncLock()
      let inside = try await lock.withLock { lock.isLocked }
      #expect(inside)
      #expect(!lock.isLocked)
    }
  }

  @Test func `withLock unlocks when its body fails`() throws {
    try onLoop {
      let lock = AsyncLock()
      await #expect(throws: TestFailure("body")) {
        try await lock.withLock { throw TestFailure("body") }
      }
      #expect(!lock.isLocked)
    }
  }

  @Test func `One task at a time is inside, also across suspensions`() throws {
    try onLoop {
      let (lock, gauge, log) = (AsyncLock(), ConcurrencyGauge(), Log<Int>())
      let tasks = await startInTurn(1...5) { number in
        try await lock.withLock {
          gauge.enter()
          defer { gauge.leave() }
          log.record(number)
          try await sleep(for: .seconds(1))
        }
      }
      #expect(lock.statistics == .init(isLocked: true, waiting: 4))
      for task in tasks { try await task.value }
      #expect(gauge.peak == 1)
      #expect(log.entries == [1, 2, 3, 4, 5])
    }
  }

  @Test func `tryLock takes a free lock and fails on a held one`() {
    let lock = AsyncLock()
    #expect(lock.tryLock())
    #expect(!lock.tryLock())
    lock.unlock()
    #expect(lock.tryLock())
  }

  @Test func `Another task may unlock`() throws {
    try onLoop {
      let lock = AsyncLock()
      try await lock.lock()
      try await createTask { lock.unlock() }.value
      #expect(!lock.isLocked)
      try await lock.lock()
    }
  }

  @Test func `B02 Nobody overtakes a task that was handed the lock`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<String>())
      try await lock.lock()
      createTask { try await lock.withLock { log.record("waiter") } }
      await settle()
      lock.unlock()
      #expect(lock.isLocked)
      #expect(!lock.tryLock())
      try await lock.lock()
      log.record("latecomer")
      #expect(log.entries == ["waiter", "latecomer"])
    }
  }

  @Test func `B18 A lock that is never given back is reported as a deadlock`() {
    #expect(throws: DeadlockError.self) {
      try onLoop {
        let lock = AsyncLock()
        try await createTask { try await lock.lock() }.value
        try await lock.lock()
      }
    }
  }

  @Test func `B22 The lock excludes threads from one another`() {
    let (lock, counter, successes) = (AsyncLock(), Unprotected(), Log<Int>())
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      var count = 0
      for _ in 0..<200 where lock.tryLock() {
        counter.value += 1
        count += 1
        lock.unlock()
      }
      successes.record(count)
    }
    #expect(counter.value == successes.entries.reduce(0, +))
    #expect(lock.tryLock())
  }

  @Test func `B23 A task that locks in a loop leaves the lock to the waiting one`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await startInTurn(1...2) { number in
        for _ in 0..<(number == 1 ? 1_000 : 1) {
          try await lock.lock()
          log.record(number)
          lock.unlock()
        }
      }
      lock.unlock()
      for task in tasks { try await task.value }
      #expect(Array(log.entries.prefix(3)) == [1, 2, 1])
      #expect(log.entries.count == 1_001)
    }
  }

  @Test func `A task that waits says so`() throws {
    try onLoop {
      let lock = AsyncLock()
      try await lock.lock()
      _ = await startInTurn(1...1) { _ in try await lock.lock() }
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.last?.waitsFor == .lock)
    }
  }

  /// Unchecked: the lock under test protects it.
  private final class Unprotected: @unchecked Sendable {
    var value = 0
  }
}

@Suite struct AsyncLockCancellationTests {
  @Test func `A cancelled task does not get the lock, even if it is free`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<String>())
      let task = createTask { try await lock.withLock { log.record("body") } }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.isEmpty)
      #expect(!lock.isLocked)
    }
  }

  @Test func `B20 A task that is cancelled while it waits leaves the line`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.startLockers(lock, log)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(lock.statistics == .init(isLocked: true, waiting: 1))
      lock.unlock()
      try await tasks[1].value
      #expect(log.entries == [2])
      #expect(!lock.isLocked)
    }
  }

  @Test func `B01 A cancelled grantee passes the lock on`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.startLockers(lock, log)
      lock.unlock()
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [2])
      #expect(lock.statistics == .init(isLocked: false, waiting: 0))
    }
  }

  @Test func `B03 A waiter that is cancelled just before the unlock is passed over`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.startLockers(lock, log)
      tasks[0].cancel()
      lock.unlock()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [2])
      #expect(lock.statistics == .init(isLocked: false, waiting: 0))
    }
  }

  @Test func `When all who wait are cancelled, the lock becomes free`() throws {
    try onLoop {
      let (lock, log) = (AsyncLock(), Log<Int>())
      try await lock.lock()
      let tasks = await Self.startLockers(lock, log)
      lock.unlock()
      for task in tasks { task.cancel() }
      await settle()
      #expect(log.entries.isEmpty)
      #expect(lock.tryLock())
    }
  }

  @Test func `A body that is cancelled unlocks`() throws {
    try onLoop {
      let lock = AsyncLock()
      let task = createTask { try await lock.withLock { try await sleep(for: .seconds(1)) } }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(!lock.isLocked)
    }
  }

  @Test func `A lock can be waited for with a timeout`() throws {
    try onLoop {
      let lock = AsyncLock()
      try await lock.lock()
      let task = createTask { try await withTimeout(.seconds(1)) { try await lock.lock() } }
      await #expect(throws: TimeoutError.self) { try await task.value }
      #expect(lock.statistics == .init(isLocked: true, waiting: 0))
    }
  }

  private static func startLockers(
    _ lock: AsyncLock, _ log: Log<Int>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(1...2) { number in
      try await lock.withLock { log.record(number) }
    }
  }
}
