// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct CallbackBehaviourTests {
  @Test func `threadsafe-001: Callbacks of several threads run on the loop's, in order`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let (log, own) = (Log<String>(), UInt(pthread_self()))
      let thread = try onLoopOfItsOwnThread {
        loop.schedule { log.record(UInt(pthread_self()) == own ? "first" : "elsewhere") }
      }
      try thread.wait()
      try await runBlocking {}
      loop.schedule { log.record("second") }
      await settle()
      try await sleep(for: .milliseconds(1))
      #expect(log.entries == ["first", "second"])
    }
  }

  @Test func `threadsafe-004: However many wake-ups there are, every callback runs`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let (count, done) = (Guarded(0), AsyncEvent())
      let threads = try (0..<4).map { _ in
        try onLoopOfItsOwnThread {
          for _ in 0..<1000 {
            loop.schedule {
              let all = count.withLock { count in
                count += 1
                return count == 4000
              }
              if all { done.set() }
            }
          }
        }
      }
      let hold = loop.hold()
      try await withTimeout(.seconds(60)) { try await done.wait() }
      hold.release()
      for thread in threads { try thread.wait() }
      #expect(count.withLock { $0 } == 4000)
    }
  }

  @Test func `threadsafe-008: A loop that has ended refuses a thread's work with an error`() throws
  {
    let kept = Guarded<EventLoop?>(nil)
    try onLoop { kept.withLock { $0 = EventLoop.current } }
    let loop = try #require(kept.withLock { $0 })
    let thread = try onLoopOfItsOwnThread {
      #expect(throws: EventLoopError.self) { try loop.submit { 1 } }
    }
    try thread.wait()
  }

  @Test(arguments: [EventLoop.Order.fifo, .seeded(5)])
  func `What a thread schedules runs, or is named in the log when the loop ended first`(
    _ order: EventLoop.Order
  ) throws {
    for _ in 0..<20 {
      let (ran, lines) = (Guarded(0), Guarded<[String]>([]))
      let here = try LogCapture.capture {
        let kept = Guarded<EventLoop?>(nil)
        let thread = try onLoopOfItsOwnThread {
          let there = LogCapture.capture {
            while kept.withLock({ $0 }) == nil { usleep(10) }
            let loop = kept.withLock { $0 }
            for _ in 0..<1000 { loop?.schedule { ran.withLock { $0 += 1 } } }
          }
          lines.withLock { $0 += there }
        }
        try EventLoop.run(.init(mode: .scoped, order: order)) {
          kept.withLock { $0 = EventLoop.current }
          while ran.withLock({ $0 }) == 0 { await Task.yield() }
        }
        try thread.wait()
      }
      let refused = (here + lines.withLock { $0 }).count { $0.contains("does not run") }
      #expect(ran.withLock { $0 } + refused == 1000)
    }
  }

  @Test func `callsoon-003: A callback that queues itself again starves neither I/O nor timers`()
    throws
  {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    defer {
      close(reader)
      close(writer)
    }
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let goOn = Guarded(true)
      @Sendable func again() {
        if goOn.withLock({ $0 }) { loop.schedule { again() } }
      }
      again()
      _ = write(writer, "x", 1)
      try await withTimeout(.seconds(60)) {
        try await loop.readable(reader)
        try await sleep(for: .milliseconds(1))
      }
      goOn.withLock { $0 = false }
    }
  }

  @Test func `executor-003: A blocking call runs once, and gives its value`() throws {
    try onLoop {
      let runs = Log<Int>()
      let value = try await runBlocking { () -> Int in
        runs.record(1)
        return (1...100).reduce(0, +)
      }
      #expect(value == 5050)
      #expect(runs.entries == [1])
    }
  }

  @Test func `executor-007: A call that does not return holds the end up, and is named in the log`()
    throws
  {
    let lines = try LogCapture.capture {
      try EventLoop.run(.init(mode: .scoped, shutdownGrace: .milliseconds(10))) {
        let (started, end) = (AsyncEvent(), DispatchSemaphore(value: 0))
        createTask(name: "stuck") {
          try await runBlocking {
            started.set()
            // Longer than the grace.
            _ = end.wait(timeout: .now() + .milliseconds(100))
          }
        }
        try await started.wait()
      }
    }
    #expect(lines.contains { $0.contains("stuck") || $0.contains("blocking call") })
  }

  @Test func `debug-007: A step shorter than the limit is not reported`() throws {
    let lines = try LogCapture.capture {
      try EventLoop.run(.init(mode: .scoped, slowStepThreshold: .seconds(10))) {
        let task = createTask { _ = usleep(110_000) }
        try await task.value
      }
    }
    #expect(lines.isEmpty)
  }

  @Test
  func `exceptionhandler-003: Errors that were seen, values and cancellations are not logged`()
    throws
  {
    let lines = try LogCapture.capture {
      try onLoop {
        createTask { 1 }
        createTask { try await sleep(for: .seconds(1)) }.cancel()
        createTask(name: "never ends") { try await AsyncEvent().wait() }
        do {
          let seen = createTask { throw TestFailure("seen") }
          await #expect(throws: TestFailure.self) { try await seen.value }
        }
        try await sleep(for: .seconds(2))
      }
    }
    #expect(lines.isEmpty)
  }
}
