// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct VirtualClockTests {
  @Test func `Virtual time starts at zero and passes only in sleeps`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      #expect(loop.now.nanoseconds == 0)
      for _ in 0..<100 { await Task.yield() }
      #expect(loop.now.nanoseconds == 0)
      try await sleep(for: .seconds(86_400 * 365))
      #expect(loop.now.nanoseconds == 86_400 * 365 * 1_000_000_000)
    }
  }

  @Test func `B57 The clock does not jump while a blocking call is in flight`() throws {
    let log = Log<String>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      createTask {
        try await sleep(for: .seconds(100))
        log.record("slept")
      }
      await settle()
      try await runBlocking { _ = usleep(20_000) }
      #expect(loop.now.nanoseconds == 0)
      log.record("blocking call ended")
      try await sleep(for: .seconds(200))
    }
    #expect(log.entries == ["blocking call ended", "slept"])
  }

  @Test func `The clock does not jump while the loop is held`() throws {
    let log = Log<Int64>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      let hold = loop.hold()
      try Thread.start(name: "holder") {
        usleep(20_000)
        loop.schedule { log.record(loop.now.nanoseconds) }
        hold.release()
      }
      try await sleep(for: .seconds(5))
      #expect(loop.now.nanoseconds == 5_000_000_000)
    }
    #expect(log.entries == [0])
  }

  @Test func `B54 A zero-delay timer that re-arms itself starves no task`() throws {
    let rounds = Guarded(0)
    try onLoop {
      let loop = try #require(EventLoop.current)
      Self.rearm(on: loop, rounds, until: 1000)
      var yields = 0
      while rounds.withLock({ $0 }) < 1000 {
        await Task.yield()
        yields += 1
      }
      #expect(yields >= 1000)
    }
  }

  @Test func `Time read on a thread of the pool is the loop's`() throws {
    try onLoop {
      try await sleep(for: .seconds(7))
      let now = try await runBlocking { LoopClock.Instant.now }
      #expect(now.nanoseconds == 7_000_000_000)
    }
  }

  private static func rearm(on loop: EventLoop, _ rounds: Guarded<Int>, until end: Int) {
    loop.schedule(after: .zero) {
      let round = rounds.withLock { rounds in
        rounds += 1
        return rounds
      }
      if round < end { rearm(on: loop, rounds, until: end) }
    }
  }
}
