// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncSemaphoreTests {
  @Test func `Free permits are taken at once`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 3)
      try await semaphore.acquire()
      try await semaphore.acquire(count: 2)
      #expect(semaphore.availablePermits == 0)
      semaphore.release(count: 3)
      #expect(semaphore.availablePermits == 3)
    }
  }

  @Test func `A released permit goes to the first in line`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      _ = await startInTurn(1...2) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      #expect(semaphore.statistics.waiting == 2)
      semaphore.release()
      await settle()
      #expect(log.entries == [1])
      #expect(semaphore.statistics == .init(permits: 0, waiting: 1))
    }
  }

  @Test func `No more tasks are inside than there are permits`() throws {
    try onLoop {
      let (semaphore, gauge) = (AsyncSemaphore(permits: 3), ConcurrencyGauge())
      let tasks = await startInTurn(1...10) { _ in
        try await semaphore.withPermit {
          gauge.enter()
          defer { gauge.leave() }
          try await sleep(for: .seconds(1))
        }
      }
      for task in tasks { try await task.value }
      #expect(gauge.peak == 3)
      #expect(semaphore.statistics == .init(permits: 3, waiting: 0))
    }
  }

  @Test func `withPermit returns its body's value and releases the permit`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      let inside = try await semaphore.withPermit { semaphore.availablePermits }
      #expect(inside == 0)
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test func `withPermit releases the permit when its body fails`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      await #expect(throws: TestFailure("body")) {
        try await semaphore.withPermit { throw TestFailure("body") }
      }
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test func `tryAcquire takes free permits and fails without`() {
    let semaphore = AsyncSemaphore(permits: 3)
    #expect(semaphore.tryAcquire(count: 2))
    #expect(!semaphore.tryAcquire(count: 2))
    #expect(semaphore.tryAcquire())
    #expect(!semaphore.tryAcquire())
    semaphore.release()
    #expect(semaphore.availablePermits == 1)
  }

  @Test func `An unbounded semaphore can be given more permits than it had`() {
    let semaphore = AsyncSemaphore(permits: 0)
    semaphore.release(count: 2)
    #expect(semaphore.availablePermits == 2)
  }

  @Test func `Nobody overtakes a waiting task, even if there are permits`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1)
      _ = await startInTurn(1...1) { _ in try await semaphore.acquire(count: 2) }
      #expect(!semaphore.tryAcquire())
      #expect(semaphore.statistics == .init(permits: 1, waiting: 1))
    }
  }

  @Test func `B05 A permit just handed over cannot be snatched`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      _ = await startInTurn(1...1) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      semaphore.release()
      #expect(!semaphore.tryAcquire())
      await settle()
      #expect(log.entries == [1])
    }
  }

  @Test func `B06 A big request is not starved by small ones`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 2), Log<Int>())
      try await semaphore.acquire(count: 2)
      _ = await startInTurn(1...4) { number in
        try await semaphore.acquire(count: number == 1 ? 2 : 1)
        log.record(number)
      }
      semaphore.release()
      await settle()
      #expect(log.entries.isEmpty)
      semaphore.release()
      await settle()
      #expect(log.entries == [1])
      semaphore.release(count: 2)
      await settle()
      #expect(log.entries == [1, 2, 3])
    }
  }

  @Test func `B08 Raising the number of permits serves that many more at once`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1, bounded: true), Log<Int>())
      try await semaphore.acquire()
      _ = await startInTurn(1...3) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      semaphore.resize(to: 3)
      await settle()
      #expect(log.entries == [1, 2])
    }
  }

  @Test func `Lowering the number of permits takes those away that are released next`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 3, bounded: true)
      try await semaphore.acquire(count: 3)
      semaphore.resize(to: 1)
      #expect(semaphore.availablePermits == -2)
      semaphore.release(count: 2)
      #expect(!semaphore.tryAcquire())
      semaphore.release()
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test func `B09 Permits that come one at a time go to the tasks in order`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      _ = await startInTurn(1...3) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      for count in 1...3 {
        semaphore.release()
        await settle()
        #expect(log.entries == Array(1...count))
      }
    }
  }

  @Test func `A task that waits says so`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 0)
      _ = await startInTurn(1...1) { _ in try await semaphore.acquire() }
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.last?.waitsFor == .semaphore)
    }
  }

  @Test func `A semaphore that nobody can release is a deadlock`() {
    #expect(throws: DeadlockError.self) {
      try onLoop { try await AsyncSemaphore(permits: 0).acquire() }
    }
  }
}
