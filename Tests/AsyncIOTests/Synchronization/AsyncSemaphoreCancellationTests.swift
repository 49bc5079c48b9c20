// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncSemaphoreCancellationTests {
  @Test func `A cancelled task gets no permit, even if one is free`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1)
      let task = createTask { try await semaphore.acquire() }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(semaphore.statistics == .init(permits: 1, waiting: 0))
    }
  }

  @Test func `A cancelled task does not run the body of withPermit`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1, bounded: true), Log<String>())
      let task = createTask { try await semaphore.withPermit { log.record("body") } }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.isEmpty)
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test func `A task that is cancelled while it waits leaves the line`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      let tasks = await startInTurn(1...3) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      tasks[1].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[1].value }
      #expect(semaphore.statistics == .init(permits: 0, waiting: 2))
      semaphore.release(count: 2)
      await settle()
      #expect(log.entries == [1, 3])
    }
  }

  @Test func `Granted, then cancelled: the permit goes to the next`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      let tasks = await startInTurn(1...2) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      semaphore.release()
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      await settle()
      #expect(log.entries == [2])
      #expect(semaphore.statistics == .init(permits: 0, waiting: 0))
    }
  }

  @Test func `Cancelled, then released: the permit goes to the next`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      let tasks = await startInTurn(1...2) { number in
        try await semaphore.acquire()
        log.record(number)
      }
      tasks[0].cancel()
      semaphore.release()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      await settle()
      #expect(log.entries == [2])
      #expect(semaphore.statistics == .init(permits: 0, waiting: 0))
    }
  }

  @Test func `Several permits that were granted are all passed on`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      let tasks = await startInTurn(1...3) { number in
        try await semaphore.acquire(count: number == 1 ? 2 : 1)
        log.record(number)
      }
      semaphore.release(count: 2)
      tasks[0].cancel()
      await settle()
      #expect(log.entries == [2, 3])
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
    }
  }

  @Test func `When a big request leaves the line, those it held back are served`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1), Log<Int>())
      let tasks = await startInTurn(1...2) { number in
        try await semaphore.acquire(count: number == 1 ? 2 : 1)
        log.record(number)
      }
      tasks[0].cancel()
      await settle()
      #expect(log.entries == [2])
      #expect(semaphore.statistics == .init(permits: 0, waiting: 0))
    }
  }

  @Test func `A permit that was taken survives a later cancellation`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      let task = createTask {
        try await semaphore.withPermit { try await sleep(for: .seconds(1)) }
      }
      await settle()
      #expect(semaphore.availablePermits == 0)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test(arguments: 0..<16, [true, false])
  func `B04 Whoever is cancelled, permits are conserved and the others served in order`(
    cancelled: Int, beforeRelease: Bool
  ) throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 1, bounded: true), Log<Int>())
      try await semaphore.acquire()
      let tasks = await startInTurn(0...3) { number in
        try await semaphore.withPermit {
          log.record(number)
          await Task.yield()
        }
      }
      if !beforeRelease { semaphore.release() }
      for number in 0...3 where cancelled & (1 << number) != 0 { tasks[number].cancel() }
      if beforeRelease { semaphore.release() }
      for task in tasks { try await awaitEnd(of: task) }
      #expect(log.entries == (0...3).filter { cancelled & (1 << $0) == 0 })
      #expect(semaphore.statistics == .init(permits: 1, waiting: 0))
    }
  }

  @Test(arguments: [true, false])
  func `B07 A permit and a timeout of one instant: one of the two, and no permit is lost`(
    timeoutIsArmedFirst: Bool
  ) throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      try await semaphore.acquire()
      let start: @Sendable () -> Void = {
        createTask {
          try await sleep(for: .seconds(1))
          semaphore.release()
        }
      }
      if !timeoutIsArmedFirst { start() }
      let task = createTask {
        try await withTimeout(.seconds(1)) { try await semaphore.acquire() }
      }
      if timeoutIsArmedFirst { start() }
      do {
        try await task.value
        #expect(semaphore.availablePermits == 0)
      } catch is TimeoutError {
        await settle()
        #expect(semaphore.availablePermits == 1)
      }
      #expect(semaphore.statistics.waiting == 0)
    }
  }

  @Test func `B07 A permit that was there when the time was up is used`() throws {
    try onLoop {
      let semaphore = AsyncSemaphore(permits: 1, bounded: true)
      try await semaphore.acquire()
      createTask {
        try await sleep(for: .seconds(1))
        semaphore.release()
      }
      await settle()
      try await withTimeout(.seconds(1)) { try await semaphore.acquire() }
      #expect(semaphore.availablePermits == 0)
    }
  }

  @Test func `A task whose time is up leaves the line to the next`() throws {
    try onLoop {
      let (semaphore, log) = (AsyncSemaphore(permits: 0), Log<Int>())
      _ = await startInTurn(1...2) { number in
        if number == 1 {
          _ = try await moveOn(after: .seconds(1)) { try await semaphore.acquire() }
        } else {
          try await semaphore.acquire()
          log.record(number)
        }
      }
      try await sleep(for: .seconds(2))
      #expect(semaphore.statistics.waiting == 1)
      semaphore.release()
      await settle()
      #expect(log.entries == [2])
    }
  }
}
