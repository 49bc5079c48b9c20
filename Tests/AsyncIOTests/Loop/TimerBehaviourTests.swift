// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TimerBehaviourTests {
  private static func loop() throws -> EventLoop { try #require(EventLoop.current) }

  @Test func `timer-001: A callback runs once, and not before its time`() throws {
    try onLoop {
      let (loop, log) = (try Self.loop(), Log<String>())
      loop.schedule(after: .milliseconds(100)) { log.record("ran") }
      try await sleep(for: .milliseconds(99))
      #expect(log.entries.isEmpty)
      try await sleep(for: .seconds(1))
      #expect(log.entries == ["ran"])
    }
  }

  @Test func `timer-003: Overdue timers run in the order of their deadlines`() throws {
    try onLoop {
      let (loop, log, now) = (try Self.loop(), Log<String>(), LoopClock.Instant.now)
      try await sleep(for: .seconds(10))
      loop.schedule(at: now + .seconds(9)) { log.record("a") }
      loop.schedule(at: now + .seconds(8)) { log.record("b") }
      try await sleep(for: .nanoseconds(1))
      #expect(log.entries == ["b", "a"])
      #expect(LoopClock.Instant.now == now + .seconds(10) + .nanoseconds(1))
    }
  }

  @Test func `timer-004: A cancelled timer does not wake the loop`() throws {
    try onLoop {
      let (loop, start, log) = (try Self.loop(), LoopClock.Instant.now, Log<Duration>())
      let cancelled = loop.schedule(after: .seconds(5)) { log.record(elapsed(since: start)) }
      loop.schedule(after: .seconds(10)) { log.record(elapsed(since: start)) }
      let armed = loop.timers.count
      cancelled.cancel()
      #expect(loop.timers.count == armed - 1)
      #expect(loop.timers.earliestDeadline == (start + .seconds(10)).nanoseconds)
      try await sleep(for: .seconds(11))
      #expect(log.entries == [.seconds(10)])
    }
  }

  @Test func `timer-005: Cancelled timers are gone at once`() throws {
    try onLoop {
      let loop = try Self.loop()
      loop.schedule(after: .seconds(3600)) {}
      let before = loop.timers.count
      let far = (0..<1000).map { number in
        loop.schedule(after: .seconds(3600 + number)) {}
      }
      #expect(loop.timers.count == before + 1000)
      for timer in far { timer.cancel() }
      #expect(loop.timers.count == before)
    }
  }

  @Test func `timer-006: What a timer's callback schedules runs after it`() throws {
    try onLoop {
      let (loop, log) = (try Self.loop(), Log<String>())
      loop.schedule(after: .seconds(1)) {
        loop.schedule { log.record("scheduled") }
        log.record("timer")
      }
      try await sleep(for: .seconds(2))
      #expect(log.entries == ["timer", "scheduled"])
    }
  }

  @Test func `timer-007: Short sleeps do not make the loop spin`() throws {
    let (before, after) = try EventLoop.run(.init(mode: .scoped)) {
      let loop = try Self.loop()
      let before = loop.metrics.turns
      for nanoseconds in [10_000_000, 100_000, 1000, 10, 1] {
        try await sleep(for: .nanoseconds(nanoseconds))
      }
      return (before, loop.metrics.turns)
    }
    #expect(after - before <= 20)
  }

  @Test func `timer-008: A cancelled timer never runs, and gives up what it held`() throws {
    final class Token: Sendable {}
    try onLoop {
      let (loop, log) = (try Self.loop(), Log<String>())
      weak var released: Token?
      let timer: TimerHandle
      do {
        let token = Token()
        released = token
        timer = loop.schedule(after: .seconds(1)) {
          withExtendedLifetime(token) { log.record("ran") }
        }
      }
      #expect(released != nil)
      timer.cancel()
      #expect(released == nil)
      try await sleep(for: .seconds(2))
      #expect(log.entries.isEmpty)
    }
  }

  @Test func `timer-010: Two sleeps take the sum of their times`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      for _ in 0..<2 { try await sleep(for: .milliseconds(50)) }
      #expect(elapsed(since: start) == .milliseconds(100))
    }
  }

  @Test func `timer-013: A timer of a hundred days is not early`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let day = Duration.seconds(86_400)
      let task = createTask {
        try await sleep(for: day * 100)
        return elapsed(since: start)
      }
      try await sleep(for: day * 99)
      #expect(EventLoop.current?.timers.isEmpty == false)
      let time = try await task.value
      #expect(time == day * 100)
    }
    // The kernel takes so long a wait too.
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try Self.loop()
      loop.schedule(after: .seconds(8_640_000)) { Issue.record("a hundred days early") }
      let task = createTask { try await sleep(for: .seconds(8_640_000)) }
      let other = createTask {
        _ = try await runBlocking { 1 }
        task.cancel()
      }
      try await other.value
    }
  }

  @Test func `timer-014: Timers that became due while the loop was busy run in order`() throws {
    try onLoop {
      let (loop, log, now) = (try Self.loop(), Log<Int>(), LoopClock.Instant.now)
      for number in [3, 1, 2] {
        loop.schedule(at: now + .nanoseconds(number)) { log.record(number) }
      }
      try await sleep(for: .seconds(1))
      #expect(log.entries == [1, 2, 3])
    }
  }
}
