// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SemaphoreBehaviourTests {
  @Test func `semaphore-001: Without permits nothing can be acquired at once`() {
    let semaphore = AsyncSemaphore(permits: 0)
    #expect(semaphore.availablePermits == 0)
    #expect(!semaphore.tryAcquire())
  }

  @Test func `semaphore-002: A negative number of permits traps`() async {
    await #expect(processExitsWith: .failure) { _ = AsyncSemaphore(permits: -1) }
    let semaphore = AsyncSemaphore(permits: 1)
    #expect(semaphore.availablePermits == 1)
  }

  @Test func `semaphore-004: A cancelled waiter is gone`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1)
      try await semaphore.acquire()
      let tasks = await startInTurn(1...1) { _ in try await semaphore.acquire() }
      #expect(semaphore.statistics.waiting == 1)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(semaphore.statistics.waiting == 0)
      semaphore.release()
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test func `semaphore-006: A permit released beside a cancellation goes to the next`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 0)
      let tasks = await startInTurn(1...2) { _ in try await semaphore.acquire() }
      tasks[0].cancel()
      semaphore.release()
      try await tasks[1].value
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(semaphore.availablePermits == 0)
    }
  }

  @Test func `semaphore-007: A permit granted to a task that is cancelled then goes back`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1), Log<Int>())
      try await semaphore.acquire()
      let tasks = await startInTurn(2...2) { number in
        try await semaphore.withPermit { log.record(number) }
      }
      semaphore.release()
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(log.entries.isEmpty)
      try await withTimeout(.seconds(1)) { try await semaphore.acquire() }
    }
  }

  @Test func `semaphore-008: Releasing a bounded semaphore too often traps`() async {
    await #expect(processExitsWith: .failure) {
      AsyncSemaphore(permits: 2, bounded: true).release()
    }
  }

  @Test func `B21: Permits that were taken away are not given back by a release`() async throws {
    let semaphore = AsyncSemaphore(permits: 2, bounded: true)
    #expect(semaphore.tryAcquire())
    semaphore.resize(to: 0)
    #expect(semaphore.availablePermits == -1)
    semaphore.release()
    #expect(semaphore.availablePermits == 0)
    #expect(!semaphore.tryAcquire())
    await #expect(processExitsWith: .failure) {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      semaphore.resize(to: 0)
      semaphore.release()
    }
    await #expect(processExitsWith: .failure) { AsyncSemaphore(permits: .max).release() }
  }

  @Test func `semaphore-009: A released permit can be acquired again`() {
    let semaphore = AsyncSemaphore(permits: 1)
    #expect(semaphore.tryAcquire())
    #expect(!semaphore.tryAcquire())
    semaphore.release()
    #expect(semaphore.tryAcquire())
  }

  @Test func `semaphore-010: Who releases and acquires again goes to the end of the line`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1), Log<String>())
      let tasks = await startInTurn(1...3) { number in
        for round in 1...2 {
          try await semaphore.acquire()
          log.record("c\(number)_\(round)")
          try await sleep(for: .milliseconds(10))
          semaphore.release()
        }
      }
      for task in tasks { try await task.value }
      #expect(log.entries == ["c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"])
    }
  }

  @Test func `semaphore-013: Several permits serve the line before newcomers`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      let first = createTask {
        try await semaphore.acquire()
        log.record(1)
        let fourth = createTask { log.record(4) }
        try await fourth.value
      }
      await settle()
      let second = createTask {
        semaphore.release(count: 3)
        // The first has its permit from this moment on, though it has not run yet.
        #expect(semaphore.statistics == .init(permits: 2, waiting: 0))
        try await semaphore.acquire()
        log.record(2)
      }
      let third = createTask {
        try await semaphore.acquire()
        log.record(3)
      }
      for task in [first, second, third] { try await task.value }
      // Nobody waited for a permit once there were enough, and nobody was passed over.
      #expect(Set(log.entries) == [1, 2, 3, 4])
      #expect(log.entries.filter { $0 == 2 || $0 == 3 } == [2, 3])
      #expect(semaphore.availablePermits == 0)
    }
  }

  @Test func `semaphore-014: A granted permit cannot be snatched`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 0)
      let tasks = await startInTurn(1...1) { _ in try await semaphore.acquire() }
      semaphore.release()
      #expect(!semaphore.tryAcquire())
      try await tasks[0].value
    }
  }
}
