// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct WaitForBehaviourTests {
  @Test
  func `waitfor-002: The wait ends after a body that ignores its cancellation, with its value`()
    throws
  {
    try onLoop {
      let start = LoopClock.Instant.now
      let value = try await withTimeout(.milliseconds(100)) {
        try await withCancellationShield(grace: .seconds(1)) {
          try await sleep(for: .milliseconds(200))
        }
        return "late"
      }
      #expect(value == "late")
      #expect(elapsed(since: start) == .milliseconds(200))
    }
  }

  @Test func `waitfor-003: What has completed already is there for a limit of zero`() throws {
    try onLoop {
      let task = createTask { "done" }
      _ = try await task.value
      let value = try await withTimeout(.zero) { try await task.value }
      #expect(value == "done")
    }
  }

  @Test func `waitfor-006, waitfor-010: The timeout comes out once the body has cleaned up`() throws
  {
    try onLoop {
      for limit in [Duration.milliseconds(100), .zero] {
        let (start, log) = (LoopClock.Instant.now, Log<String>())
        await #expect(throws: TimeoutError.self) {
          try await withTimeout(limit) {
            do { try await sleep(for: .seconds(100_000)) } catch {
              try await withCancellationShield(grace: .seconds(1)) {
                try await sleep(for: .milliseconds(50))
              }
              log.record("clean")
              throw error
            }
          }
        }
        #expect(log.entries == ["clean"])
        #expect(elapsed(since: start) == limit + .milliseconds(50))
      }
    }
  }

  @Test func `waitfor-008: A result of the next turn is returned`() throws {
    try onLoop {
      let event = AsyncEvent()
      EventLoop.current?.schedule { event.set() }
      let value = try await withTimeout(.milliseconds(200)) {
        try await event.wait()
        return "result"
      }
      #expect(value == "result")
    }
  }

  @Test(arguments: [nil, Duration.seconds(60)])
  func `waitfor-012: Cancelling who waits cancels what it waits for, and awaits its end`(
    limit: Duration?
  ) throws {
    try onLoop {
      let log = Log<String>()
      let body: @Sendable () async throws -> Void = {
        do { try await AsyncEvent().wait() } catch {
          log.record("ended")
          throw error
        }
      }
      let task = createTask {
        if let limit { try await withTimeout(limit, body) } else { try await body() }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries == ["ended"])
    }
  }

  @Test func `waitfor-013: A cancellation in the turn of the result is not swallowed`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<String>())
      let task = createTask {
        try await withTimeout(.seconds(60)) { try await event.wait() }
        try await sleep(for: .seconds(1))
        log.record("ran to the end")
      }
      await settle()
      event.set()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.isEmpty)
      #expect(event.isSet)
    }
  }

  @Test(arguments: [Duration.zero, .milliseconds(10)])
  func `waitfor-014, waitfor-016: A timeout around a shield leaves the shielded work running`(
    limit: Duration
  ) throws {
    try onLoop {
      let (start, log) = (LoopClock.Instant.now, Log<String>())
      let work = createTask {
        try await sleep(for: .milliseconds(100))
        log.record("worked")
        return 7
      }
      await settle()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(limit) { _ = try await wait(for: [work]) }
      }
      #expect(elapsed(since: start) == limit)
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(limit) { try await shield { try await work.value } }
      }
      #expect(log.entries.isEmpty)
      #expect(!work.isCancelled)
      let value = try await work.value
      #expect(value == 7)
    }
  }

  @Test func `waitfor-015: Shielded work without a limit gives its value`() throws {
    try onLoop {
      let value = try await shield {
        try await sleep(for: .milliseconds(100))
        return 7
      }
      #expect(value == 7)
    }
  }

  // MARK: wait(for:)

  private static func sleepers(_ milliseconds: [Int]) -> [Task<Int, any Error>] {
    milliseconds.map { time in
      createTask {
        try await sleep(for: .milliseconds(time))
        return time
      }
    }
  }

  @Test func `wait-001: Waiting for all takes as long as the longest, and no time again`() throws {
    try onLoop {
      let (start, tasks) = (LoopClock.Instant.now, Self.sleepers([100, 150]))
      for _ in 1...2 {
        let (done, pending) = try await wait(for: tasks)
        #expect(done.count == 2)
        #expect(pending.isEmpty)
        #expect(elapsed(since: start) == .milliseconds(150))
      }
    }
  }

  @Test func `wait-003: Waiting for nothing returns nothing, at once`() throws {
    try onLoop {
      let (done, pending) = try await wait(for: [Task<Int, any Error>]())
      #expect(done.isEmpty)
      #expect(pending.isEmpty)
    }
  }

  @Test func `wait-005: What is done has ended, and what is pending has not`() throws {
    try onLoop {
      let ended = Log<Int>()
      let tasks = (1...2).map { turns in
        createTask {
          for _ in 0..<turns { await Task.yield() }
          ended.record(turns)
          return turns
        }
      }
      let (done, pending) = try await wait(for: tasks, until: .firstCompleted)
      #expect(!done.isEmpty)
      #expect(done.count + pending.count == 2)
      for task in done {
        let turns = try await task.value
        #expect(ended.entries.contains(turns))
      }
    }
  }

  @Test func `wait-007: A failure is in its task, and the wait does not throw`() throws {
    try onLoop {
      let good = createTask { try await sleep(for: .milliseconds(100)) }
      let bad = createTask { throw TestFailure("bad") }
      let (done, pending) = try await wait(for: [good, bad])
      #expect(done.count == 2)
      #expect(pending.isEmpty)
      await #expect(throws: TestFailure("bad")) { try await bad.value }
    }
  }

  @Test(arguments: [110, 100])
  func `wait-008: At the limit, what has completed by then is done`(limit: Int) throws {
    try onLoop {
      let (start, tasks) = (LoopClock.Instant.now, Self.sleepers([100, 150]))
      let (done, pending) = try await wait(for: tasks, timeout: .milliseconds(limit))
      #expect(elapsed(since: start) == .milliseconds(limit))
      #expect(done == [tasks[0]])
      #expect(pending == [tasks[1]])
      let value = try await tasks[1].value
      #expect(value == 150)
    }
  }

  @Test func `wait-009: A sequence of tasks is read once`() throws {
    try onLoop {
      let reads = Guarded(0)
      let tasks = Self.sleepers([1, 2, 3])
      let once = sequence(state: tasks.makeIterator()) { iterator -> Task<Int, any Error>? in
        reads.withLock { $0 += 1 }
        return iterator.next()
      }
      let (done, _) = try await wait(for: once)
      #expect(done.count == 3)
      #expect(reads.withLock { $0 } == 4)
    }
  }

  @Test func `wait-010: Cancelling who waits throws at once, and the task goes on`() throws {
    try onLoop {
      let (start, tasks) = (LoopClock.Instant.now, Self.sleepers([100]))
      let waiter = createTask { _ = try await wait(for: tasks) }
      await settle()
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(elapsed(since: start) == .zero)
      let value = try await tasks[0].value
      #expect(value == 100)
    }
  }

  @Test func `wait-011: A task that ends cancelled is no failure`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let tasks = Self.sleepers([10, 50])
      tasks[0].cancel()
      let (done, pending) = try await wait(for: tasks, until: .firstFailure)
      #expect(done.count == 2)
      #expect(pending.isEmpty)
      #expect(elapsed(since: start) == .milliseconds(50))
    }
  }

  // MARK: asCompleted

  @Test func `ascompleted-001, ascompleted-002: Values come as they complete, with their input`()
    throws
  {
    try onLoop {
      let start = LoopClock.Instant.now
      var order: [Int] = []
      for try await (index, value) in asCompleted(
        [10, 150, 10],
        { milliseconds in
          try await sleep(for: .milliseconds(milliseconds))
          return milliseconds
        })
      {
        order.append(index)
        #expect(value == [10, 150, 10][index])
      }
      #expect(order.last == 1)
      #expect(Set(order) == [0, 1, 2])
      #expect(elapsed(since: start) == .milliseconds(150))
    }
  }

  @Test func `ascompleted-003: A limit on the time throws after the values that came in time`()
    throws
  {
    try onLoop {
      let log = Log<Int>()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(120)) {
          for try await (index, _) in asCompleted(
            [100, 150],
            { milliseconds in try await sleep(for: .milliseconds(milliseconds)) })
          {
            log.record(index)
          }
        }
      }
      #expect(log.entries == [0])
    }
  }

  @Test func `ascompleted-004: A limit that was not needed leaves no timer`() throws {
    try onLoop {
      let count = try await withTimeout(.seconds(1)) {
        var count = 0
        for try await _ in asCompleted([10], { try await sleep(for: .milliseconds($0)) }) {
          count += 1
        }
        return count
      }
      #expect(count == 1)
      #expect(EventLoop.current?.timers.isEmpty == true)
    }
  }
}
