// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SchedulingTests {
  @Test func `callsoon-001: Callbacks run soon, in the order in which they were scheduled`() throws
  {
    let log = Log<Int>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      for number in 0..<5 { loop.schedule { log.record(number) } }
      #expect(log.entries.isEmpty)
      await settle()
    }
    #expect(log.entries == [0, 1, 2, 3, 4])
  }

  @Test func `Timers run in the order of their time, then of scheduling`() throws {
    let log = Log<String>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      loop.schedule(after: .seconds(2)) { log.record("after 2, first") }
      loop.schedule(at: loop.now + .seconds(2)) { log.record("at 2, second") }
      loop.schedule(after: .seconds(1)) { log.record("after 1") }
      loop.schedule(after: .seconds(-1)) { log.record("past") }
      try await sleep(for: .seconds(3))
    }
    #expect(log.entries == ["past", "after 1", "after 2, first", "at 2, second"])
  }

  @Test func `callsoon-002: A timer that was cancelled does not run`() throws {
    let log = Log<Int>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      let handles = (0..<4).map { number in
        loop.schedule(after: .seconds(1)) { log.record(number) }
      }
      handles[1].cancel()
      handles[1].cancel()
      #expect(loop.timers.count == 3)
      loop.schedule(after: .milliseconds(500)) { handles[2].cancel() }
      try await sleep(for: .seconds(2))
      handles[0].cancel()
    }
    #expect(log.entries == [0, 3])
  }

  @Test func `A timer can be cancelled by one of the same instant`() throws {
    let log = Log<String>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      let victim = Guarded<TimerHandle?>(nil)
      loop.schedule(after: .seconds(1)) { victim.withLock { $0 }?.cancel() }
      let handle = loop.schedule(after: .seconds(1)) { log.record("ran") }
      victim.withLock { $0 = handle }
      try await sleep(for: .seconds(2))
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `An error of a callback is logged with its place and stops nothing`() {
    let log = Log<String>()
    let lines = LogCapture.capture {
      _ = try? onLoop {
        let loop = try #require(EventLoop.current)
        loop.schedule { throw TestFailure("callback") }
        loop.schedule(after: .seconds(1)) { throw TestFailure("timer") }
        loop.schedule { log.record("next") }
        try await sleep(for: .seconds(2))
      }
    }
    #expect(log.entries == ["next"])
    #expect(lines.count == 2)
    #expect(lines.first?.contains("callback") == true)
    #expect(lines.last?.contains("timer") == true)
    #expect(lines.allSatisfy { $0.contains("SchedulingTests.swift") })
  }

  @Test func `Timers that are due after the run never run`() throws {
    let log = Log<String>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      loop.schedule(after: .seconds(1)) { log.record("ran") }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `threadsafe-003: B92 Callbacks from other threads wake a sleeping loop`() throws {
    let log = Log<Int>()
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let hold = loop.hold()
      let event = AsyncEvent()
      try Thread.start(name: "sender") {
        for number in 0..<1000 { loop.schedule { log.record(number) } }
        loop.schedule { event.set() }
        hold.release()
      }
      try await event.wait()
    }
    #expect(log.entries == Array(0..<1000))
  }

  @Test func `One seed is one schedule, another seed another`() throws {
    let first = try Self.schedule(seed: 1)
    #expect(try Self.schedule(seed: 1) == first)
    let orders = try Set((0..<10).map { try Self.schedule(seed: $0) })
    #expect(orders.count > 5)
    #expect(orders.allSatisfy { $0.sorted() == first.sorted() })
  }

  @Test func `The order of fifo is the order of readiness`() throws {
    let log = Log<Int>()
    try onLoop {
      _ = try await gather(0..<3) { number in
        log.record(number)
        await Task.yield()
        log.record(number + 10)
      }
    }
    #expect(log.entries == [0, 1, 2, 10, 11, 12])
  }

  private static func schedule(seed: UInt64) throws -> [Int] {
    let log = Log<Int>()
    try onLoop(order: .seeded(seed)) {
      _ = try await gather(0..<20) { number in
        log.record(number)
        await Task.yield()
        log.record(number + 100)
      }
    }
    return log.entries
  }
}

@Suite struct SubmissionTests {
  @Test func `Another thread submits work and waits for its value`() throws {
    let value = try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      return try await runBlocking {
        try loop.submit(name: "foreign") {
          try await sleep(for: .milliseconds(1))
          return EventLoop.current === loop ? 42 : 0
        }.wait(timeout: .seconds(60))
      }
    }
    #expect(value == 42)
  }

  @Test func `The error of submitted work is thrown to who waits`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      await #expect(throws: TestFailure("inside")) {
        try await runBlocking { try loop.submit { throw TestFailure("inside") }.wait() }
      }
    }
  }

  @Test func `threadsafe-006: A wait ends when its time is up, and the work can be cancelled`()
    throws
  {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let submission = try loop.submit { try await sleep(for: .seconds(3600)) }
      let error = await #expect(throws: EventLoopError.self) {
        try await runBlocking { try submission.wait(timeout: .milliseconds(1)) }
      }
      #expect(error?.code == .timedOut)
      submission.cancel()
      await #expect(throws: CancellationError.self) {
        try await runBlocking { try submission.wait(timeout: .seconds(60)) }
      }
    }
  }

  @Test func `Waiting on the loop's own thread throws instead of hanging`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let submission = try loop.submit { 1 }
      let error = #expect(throws: EventLoopError.self) { _ = try submission.wait() }
      #expect(error?.code == .alreadyRunning)
    }
  }
}
