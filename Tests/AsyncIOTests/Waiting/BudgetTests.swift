// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// A task that finds everything ready lets others run now and then.
@Suite struct BudgetTests {
  /// The operations that may find what they want ready.
  enum Operation: CaseIterable {
    case event, semaphore, lock, queueItem, queueRoom, queueJoin, barrier, condition, child, tasks

    func make() async throws -> @Sendable () async throws -> Void {
      switch self {
      case .event:
        let event = AsyncEvent()
        event.set()
        return { try await event.wait() }
      case .semaphore:
        let semaphore = AsyncSemaphore(permits: 1)
        return { try await semaphore.withPermit {} }
      case .lock:
        let lock = AsyncLock()
        return { try await lock.withLock {} }
      case .queueItem:
        let queue = AsyncQueue<Int>()
        return {
          _ = queue.tryPut(1)
          _ = try await queue.get()
        }
      case .queueRoom:
        let queue = AsyncPriorityQueue<Int>(maxSize: 1)
        return {
          try await queue.put(1)
          _ = queue.tryGet()
        }
      case .queueJoin:
        let queue = AsyncLIFOQueue<Int>()
        return { try await queue.join() }
      case .barrier:
        let barrier = AsyncBarrier(parties: 1)
        return { try await barrier.arriveAndWait() }
      case .condition:
        let condition = AsyncCondition()
        return { try await condition.withLock { try await condition.wait(until: { true }) } }
      case .child:
        let child = try await withTaskScope { scope in
          let child = scope.spawn { 1 }
          _ = try await child.value
          return child
        }
        return { _ = try await child.value }
      case .tasks:
        let task = createTask { 1 }
        _ = try await task.value
        return { _ = try await wait(for: [task]) }
      }
    }
  }

  @Test(arguments: Operation.allCases)
  func `Another task runs, and a timeout ends the one that never waits`(_ operation: Operation)
    throws
  {
    try onLoop {
      let body = try await operation.make()
      let others = Log<Int>()
      let other = createTask {
        for round in 0..<3 {
          others.record(round)
          await Task.yield()
        }
      }
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(50)) {
          while true {
            try await body()
            // In virtual time none passes while there is something to do.
            if others.entries.count == 3 { try await sleep(for: .milliseconds(60)) }
          }
        }
      }
      try await other.value
    }
  }

  @Test func `The turn comes after so many operations, and costs nobody its place`() throws {
    try onLoop {
      let event = AsyncEvent()
      event.set()
      let others = Log<Int>()
      let other = createTask { others.record(0) }
      var operations = 0
      while others.entries.isEmpty {
        try await event.wait()
        operations += 1
      }
      #expect(operations <= Int(RunningTask.operationsPerStep) + 1 && operations > 100)
      try await other.value
    }
  }

  @Test func `A task that is cancelled while it gives others a turn has done nothing`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1000)
      let task = createTask {
        var taken = 0
        while true {
          do { try await semaphore.acquire() } catch { return taken }
          taken += 1
        }
      }
      await Task.yield()
      task.cancel()
      let taken = try await task.value
      #expect(taken > 0 && semaphore.availablePermits == 1000 - taken)
    }
  }

  @Test func `On the system's clock a timeout of a busy task is on time`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let semaphore = AsyncSemaphore(permits: 1)
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(50)) {
          while true { try await semaphore.withPermit {} }
        }
      }
    }
  }
}
