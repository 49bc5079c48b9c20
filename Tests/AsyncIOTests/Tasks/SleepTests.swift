// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SleepTests {
  @Test func `A sleep takes as long as it says`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      try await sleep(for: .milliseconds(1500))
      return elapsed(since: start)
    }
    #expect(time == .milliseconds(1500))
  }

  @Test func `A sleep until an instant ends at that instant`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      try await sleep(until: start + .seconds(90))
      return elapsed(since: start)
    }
    #expect(time == .seconds(90))
  }

  @Test func `Sleeping on the clock is the same sleep`() throws {
    let time = try onLoop {
      let clock = LoopClock()
      let start = clock.now
      try await clock.sleep(until: start + .seconds(3), tolerance: nil)
      return elapsed(since: start)
    }
    #expect(time == .seconds(3))
  }

  @Test func `run-016: A sleep on the system's clock takes at least its time`() throws {
    let clock = ContinuousClock()
    let start = clock.now
    try EventLoop.run(.init(mode: .scoped)) { try await sleep(for: .milliseconds(5)) }
    #expect(start.duration(to: clock.now) >= .milliseconds(5))
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(Int64.min)])
  func `B52 Zero and negative sleeps let the others run once and take no time`(
    duration: Duration
  ) throws {
    let log = Log<String>()
    let time = try onLoop {
      let start = LoopClock.Instant.now
      createTask { log.record("other") }
      try await sleep(for: duration)
      log.record("sleeper")
      return elapsed(since: start)
    }
    #expect(log.entries == ["other", "sleeper"])
    #expect(time == .zero)
  }

  @Test func `A sleep until an instant in the past takes no time`() throws {
    let time = try onLoop {
      try await sleep(for: .seconds(10))
      let start = LoopClock.Instant.now
      try await sleep(until: start - .seconds(5))
      return elapsed(since: start)
    }
    #expect(time == .zero)
  }

  @Test(arguments: [
    Duration.seconds(Int64.max), .seconds(Int64.max / 1_000_000_000), .milliseconds(Int64.max),
    .nanoseconds(Int64.max), .seconds(3_000_000),
  ])
  func `B52 Huge sleeps neither overflow nor end early`(duration: Duration) throws {
    let log = Log<String>()
    try onLoop {
      let sleeper = createTask {
        try await sleep(for: duration)
        log.record("woke")
      }
      try await sleep(for: .seconds(1_000_000))
      sleeper.cancel()
      await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `B52 Time does not overflow at the end of the clock's range`() throws {
    try onLoop {
      try await sleep(for: .seconds(Int64.max))
      try await sleep(for: .seconds(1))
      let end = LoopClock.Instant.now
      #expect(end.advanced(by: .seconds(1)) == end)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `A task that is cancelled already does not sleep`(duration: Duration) throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask {
        cancelThisTask()
        try await sleep(for: duration)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(elapsed(since: start) == .zero)
    }
  }

  @Test func `cancel-012: A sleep that is cancelled ends at once and leaves no timer`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let loop = try #require(EventLoop.current)
      let task = createTask { try await sleep(for: .seconds(3600)) }
      await settle()
      #expect(loop.timers.count == 1)
      task.cancel()
      #expect(loop.timers.isEmpty)
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(elapsed(since: start) == .zero)
    }
  }

  @Test func `A sleep cancelled in the turn of its expiry throws`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let task = createTask { try await sleep(for: .seconds(1)) }
      // Armed before the task sleeps, so it runs between the expiry and the task.
      loop.schedule(after: .seconds(1)) { task.cancel() }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A zero sleep cancelled while it yields throws`() throws {
    try onLoop {
      let task = createTask { try await sleep(for: .zero) }
      createTask { task.cancel() }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `After its cancellation each further sleep throws again`() throws {
    let log = Log<Int>()
    try onLoop {
      let task = createTask {
        for attempt in 1...3 {
          do { try await sleep(for: .seconds(1)) } catch { log.record(attempt) }
        }
      }
      await settle()
      task.cancel()
      try await task.value
    }
    #expect(log.entries == [1, 2, 3])
  }

  @Test func `B53 Timers of equal deadline fire in the order they were armed`() throws {
    let log = Log<Int>()
    try onLoop {
      for number in 0..<100 {
        createTask {
          try await sleep(for: .seconds(1))
          log.record(number)
        }
      }
      try await sleep(for: .seconds(2))
    }
    #expect(log.entries == Array(0..<100))
  }

  @Test func `Sleepers wake in the order of their deadlines`() throws {
    let log = Log<Int>()
    try onLoop {
      _ = try await gather([5, 1, 4, 2, 3]) { seconds in
        try await sleep(for: .seconds(seconds))
        log.record(seconds)
      }
    }
    #expect(log.entries == [1, 2, 3, 4, 5])
  }

  @Test func `B56 A sleep begun by what a timer wakes is not lost`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      for _ in 0..<1000 { try await sleep(for: .nanoseconds(1)) }
      return elapsed(since: start)
    }
    #expect(time == .nanoseconds(1000))
  }
}
