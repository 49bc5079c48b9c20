// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncConditionTests {
  @Test func `A notification wakes the task that has waited longest`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      _ = await Self.startWaiters(1...3, condition, log)
      #expect(condition.waiting == 3)
      #expect(!condition.lock.isLocked)
      try await condition.withLock { condition.notify(1) }
      await settle()
      #expect(log.entries == [1])
      #expect(condition.waiting == 2)
    }
  }

  @Test func `Several are woken, in order`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      _ = await Self.startWaiters(1...3, condition, log)
      try await condition.withLock { condition.notify(2) }
      await settle()
      #expect(log.entries == [1, 2])
      try await condition.withLock { condition.notify(5) }
      await settle()
      #expect(log.entries == [1, 2, 3])
    }
  }

  @Test func `notifyAll wakes everybody, in order`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.startWaiters(1...3, condition, log)
      try await condition.withLock { condition.notifyAll() }
      for task in tasks { try await task.value }
      #expect(log.entries == [1, 2, 3])
      #expect(condition.waiting == 0)
      #expect(!condition.lock.isLocked)
    }
  }

  @Test(arguments: [0, -1])
  func `Notifying nobody wakes nobody`(count: Int) throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      _ = await Self.startWaiters(1...1, condition, log)
      try await condition.withLock { condition.notify(count) }
      await settle()
      #expect(condition.waiting == 1)
    }
  }

  @Test func `A notification that nobody waits for is not kept`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      try await condition.withLock { condition.notifyAll() }
      _ = await Self.startWaiters(1...1, condition, log)
      #expect(condition.waiting == 1)
      #expect(log.entries.isEmpty)
    }
  }

  @Test func `A woken task goes on only when it has the lock`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      _ = await Self.startWaiters(1...1, condition, log)
      try await condition.withLock {
        condition.notify()
        await settle()
        #expect(log.entries.isEmpty)
        #expect(condition.lock.statistics.waiting == 1)
      }
      await settle()
      #expect(log.entries == [1])
    }
  }

  @Test func `A task waits until its predicate holds`() throws {
    try onLoop {
      let (condition, value, log) = (AsyncCondition(), Guarded(0), Log<Int>())
      let task = createTask {
        try await condition.withLock {
          try await condition.wait(until: { value.withLock { $0 } == 3 })
          log.record(value.withLock { $0 })
        }
      }
      for _ in 1...3 {
        await settle()
        #expect(log.entries.isEmpty)
        try await condition.withLock {
          value.withLock { $0 += 1 }
          condition.notify()
        }
      }
      try await task.value
      #expect(log.entries == [3])
    }
  }

  @Test func `A predicate that holds already does not wait`() throws {
    try onLoop {
      let condition = AsyncCondition()
      try await condition.withLock { try await condition.wait(until: { true }) }
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `What the predicate throws is thrown, with the lock held`() throws {
    try onLoop {
      let condition = AsyncCondition()
      await #expect(throws: TestFailure("predicate")) {
        try await condition.withLock {
          try await condition.wait(until: { throw TestFailure("predicate") })
        }
      }
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `Conditions may share a lock, not their notifications`() throws {
    try onLoop {
      let lock = AsyncLock()
      let (full, empty) = (AsyncCondition(lock: lock), AsyncCondition(lock: lock))
      let log = Log<Int>()
      _ = await Self.startWaiters(1...1, full, log)
      _ = await Self.startWaiters(2...2, empty, log)
      try await full.withLock { empty.notifyAll() }
      await settle()
      #expect(log.entries == [2])
      #expect(full.waiting == 1)
    }
  }

  @Test func `A task that waits says so`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      _ = await Self.startWaiters(1...1, condition, log)
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.last?.waitsFor == .condition)
    }
  }

  @Test func `A task that is cancelled already does not give up the lock`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Bool>())
      let task = createTask {
        try await condition.withLock {
          cancelThisTask()
          do { try await condition.wait() } catch {
            log.record(condition.lock.isLocked)
            throw error
          }
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries == [true])
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `A cancelled task does not pass, even if its predicate holds`() throws {
    try onLoop {
      let condition = AsyncCondition()
      let task = createTask {
        try await condition.withLock {
          cancelThisTask()
          try await condition.wait(until: { true })
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A task that is cancelled while it waits has the lock when it throws`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.startWaiters(1...2, condition, log)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(log.entries == [-1])
      #expect(!condition.lock.isLocked)
      try await condition.withLock { condition.notify() }
      try await tasks[1].value
      #expect(log.entries == [-1, 2])
    }
  }

  @Test func `Cancelled, then notified: the notification goes to the next`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.startWaiters(1...2, condition, log)
      try await condition.lock.lock()
      tasks[0].cancel()
      condition.notify(1)
      condition.lock.unlock()
      try await tasks[1].value
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(Set(log.entries) == [-1, 2])
    }
  }

  @Test func `B10 Notified, then cancelled: the next one is woken`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.startWaiters(1...2, condition, log)
      try await condition.lock.lock()
      condition.notify(1)
      condition.lock.unlock()
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [-1, 2])
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `B11 B12 Cancelled while it takes the lock back, it throws with the lock`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.startWaiters(1...2, condition, log)
      try await condition.lock.lock()
      condition.notify(1)
      await settle()
      tasks[0].cancel()
      await settle()
      #expect(log.entries.isEmpty)
      #expect(condition.lock.statistics == .init(isLocked: true, waiting: 1))
      condition.lock.unlock()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [-1, 2])
      #expect(condition.lock.statistics == .init(isLocked: false, waiting: 0))
    }
  }

  @Test func `A wait that times out has the lock when it throws`() throws {
    try onLoop {
      let condition = AsyncCondition()
      await #expect(throws: TimeoutError.self) {
        try await condition.withLock {
          try await withTimeout(.seconds(1)) { try await condition.wait() }
        }
      }
      #expect(condition.waiting == 0)
      #expect(!condition.lock.isLocked)
    }
  }

  /// Waiters that record their number, or -1 when they are cancelled while they hold the lock.
  private static func startWaiters(
    _ numbers: ClosedRange<Int>, _ condition: AsyncCondition, _ log: Log<Int>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(numbers) { number in
      try await condition.withLock {
        do { try await condition.wait() } catch {
          if condition.lock.isLocked { log.record(-1) }
          throw error
        }
        log.record(number)
      }
    }
  }
}
