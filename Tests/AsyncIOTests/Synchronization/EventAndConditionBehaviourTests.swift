// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct EventBehaviourTests {
  @Test func `event-002: Waiting for a set event returns at once, but not when cancelled`() throws {
    try onLoop {
      let event = AsyncEvent()
      event.set()
      let log = Log<String>()
      let other = createTask { log.record("other") }
      try await event.wait()
      // Nobody else has run meanwhile.
      #expect(log.entries.isEmpty)
      try await other.value
      let cancelled = createTask { try await event.wait() }
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
    }
  }

  @Test func `event-003: A cancelled waiter leaves no trace`() throws {
    try onLoop {
      let event = AsyncEvent()
      let tasks = await startInTurn(1...1) { _ in try await event.wait() }
      #expect(event.waiting == 1)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(event.waiting == 0)
      #expect(!event.isSet)
    }
  }

  @Test func `event-004: Set, clear, set, set in one step wakes a waiter once`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      let tasks = await startInTurn(1...1) { number in
        try await event.wait()
        log.record(number)
      }
      event.set()
      #expect(event.isSet)
      event.clear()
      #expect(!event.isSet)
      event.set()
      event.set()
      for task in tasks { try await task.value }
      await settle()
      #expect(log.entries == [1])
      #expect(event.waiting == 0)
    }
  }
}

@Suite struct ConditionBehaviourTests {
  /// Tasks that wait for a notification, note it, and hold the lock until `gate` is set.
  private static func waiters(
    _ numbers: ClosedRange<Int>, _ condition: AsyncCondition, _ log: Log<Int>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(numbers) { number in
      try await condition.lock.lock()
      try await condition.wait()
      log.record(number)
    }
  }

  @Test func `condition-001: The notified run one at a time, each when the lock is free`() throws {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let tasks = await Self.waiters(1...3, condition, log)
      #expect(!condition.lock.isLocked)
      try await condition.lock.lock()
      condition.notify(1)
      await settle()
      #expect(log.entries.isEmpty)
      condition.lock.unlock()
      await settle()
      #expect(log.entries == [1])
      #expect(condition.lock.isLocked)
      condition.notify(2)
      await settle()
      #expect(log.entries == [1])
      condition.lock.unlock()
      await settle()
      #expect(log.entries == [1, 2])
      condition.lock.unlock()
      await settle()
      #expect(log.entries == [1, 2, 3])
      condition.lock.unlock()
      for task in tasks { try await task.value }
    }
  }

  @Test
  func
    `condition-003, condition-004, condition-012: Cancelled while it takes the lock back, a task has it when it throws`()
    throws
  {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<String>())
      let waiter = createTask {
        try await condition.lock.lock()
        defer { condition.lock.unlock() }
        do {
          try await condition.wait()
        } catch {
          log.record("\(type(of: error)), locked: \(condition.lock.isLocked)")
          throw error
        }
      }
      await settle()
      try await condition.lock.lock()
      condition.notify(1)
      await settle()
      waiter.cancel()
      await settle()
      // Not before the lock is free.
      #expect(log.entries.isEmpty)
      condition.lock.unlock()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(log.entries == ["CancellationError, locked: true"])
      #expect(!condition.lock.isLocked)
    }
  }

  @Test func `condition-006: A task whose predicate does not hold yet goes on waiting`() throws {
    try onLoop {
      let (condition, ready, log) = (AsyncCondition(), Guarded(false), Log<Bool>())
      let task = createTask {
        try await condition.withLock {
          try await condition.wait(until: { ready.withLock { $0 } })
          log.record(condition.lock.isLocked)
        }
      }
      await settle()
      try await condition.withLock { condition.notify() }
      await settle()
      #expect(log.entries.isEmpty)
      #expect(condition.waiting == 1)
      ready.withLock { $0 = true }
      try await condition.withLock { condition.notify() }
      try await task.value
      #expect(log.entries == [true])
    }
  }

  @Test func `condition-008: Notifying more than wait is harmless; all are woken in order`() throws
  {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Int>())
      let work: @Sendable (Int) async throws -> Void = { number in
        try await condition.withLock {
          try await condition.wait()
          log.record(number)
        }
      }
      let three = await startInTurn(1...3, work)
      try await condition.withLock { condition.notify(1) }
      await settle()
      #expect(log.entries == [1])
      try await condition.withLock {
        condition.notify(1)
        condition.notify(2048)
      }
      for task in three { try await task.value }
      #expect(log.entries == [1, 2, 3])
      let two = await startInTurn(4...5, work)
      try await condition.withLock { condition.notifyAll() }
      for task in two { try await task.value }
      #expect(log.entries == [1, 2, 3, 4, 5])
    }
  }

  @Test func `condition-009: A condition and the lock it was given agree`() throws {
    try onLoop {
      let lock = AsyncLock()
      let condition = AsyncCondition(lock: lock)
      try await condition.withLock { #expect(lock.isLocked) }
      #expect(!condition.lock.isLocked)
      try await lock.withLock { #expect(condition.lock.isLocked) }
      #expect(!lock.isLocked)
      #expect(AsyncCondition().lock !== AsyncCondition().lock)
    }
  }

  @Test func `condition-010: A wait that times out leaves its section rightly`() throws {
    try onLoop {
      let condition = AsyncCondition()
      await #expect(throws: TimeoutError.self) {
        try await condition.withLock {
          do {
            try await withTimeout(.milliseconds(500)) { try await condition.wait() }
          } catch {
            #expect(condition.lock.isLocked)
            throw error
          }
        }
      }
      #expect(!condition.lock.isLocked)
      #expect(condition.waiting == 0)
    }
  }

  /// Two consumers wait for an item; the first is notified of one and cancelled.
  private func passesOn(_ order: EventLoop.Order, yieldsFirst: Bool) throws {
    try onLoop(order: order) {
      let (condition, items, log) = (AsyncCondition(), Guarded(0), Log<Int>())
      let consumers = await startInTurn(1...2) { number in
        try await condition.withLock {
          try await condition.wait(until: { items.withLock { $0 > 0 } })
          items.withLock { $0 -= 1 }
          log.record(number)
          condition.notifyAll()
        }
      }
      try await condition.withLock {
        items.withLock { $0 = 1 }
        condition.notify(1)
        if yieldsFirst { await settle() }
        consumers[0].cancel()
        try await condition.wait(until: { items.withLock { $0 == 0 } })
      }
      await #expect(throws: CancellationError.self) { try await consumers[0].value }
      try await consumers[1].value
      #expect(log.entries == [2])
    }
  }

  @Test func `condition-013: A notification for a task that is cancelled at once is passed on`()
    throws
  {
    try passesOn(.fifo, yieldsFirst: false)
  }

  @Test
  func
    `condition-014: A notification for a task cancelled while it takes the lock back is passed on`()
    throws
  {
    try passesOn(.fifo, yieldsFirst: true)
  }

  @Test func `condition-015: Cancelled again and again, a task still takes the lock back once`()
    throws
  {
    try onLoop {
      let (condition, log) = (AsyncCondition(), Log<Bool>())
      let waiter = createTask {
        try await condition.withLock {
          do {
            try await condition.wait()
          } catch {
            log.record(condition.lock.isLocked)
            throw error
          }
        }
      }
      await settle()
      try await condition.lock.lock()
      for _ in 0..<5 {
        waiter.cancel()
        await settle()
      }
      #expect(log.entries.isEmpty)
      #expect(condition.lock.statistics.waiting == 1)
      condition.lock.unlock()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(log.entries == [true])
      #expect(!condition.lock.isLocked)
    }
  }
}
