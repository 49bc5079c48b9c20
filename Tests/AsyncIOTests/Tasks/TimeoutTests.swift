// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TimeoutTests {
  @Test func `A value that comes in time is returned, and no timer is left`() throws {
    try onLoop {
      let value = try await withTimeout(.seconds(5)) {
        try await sleep(for: .seconds(1))
        return 3
      }
      #expect(value == 3)
      let loop = try #require(EventLoop.current)
      #expect(loop.timers.isEmpty)
    }
  }

  @Test func `TimeoutError says how much time there was and in which task`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask(name: "users") {
        try await withTimeout(.seconds(5)) { try await sleep(for: .seconds(60)) }
      }
      let error = await #expect(throws: TimeoutError.self) { try await task.value }
      #expect(error?.duration == .seconds(5))
      #expect(error?.taskName == "users")
      #expect(error?.description == "timed out after 5.0 seconds in task \"users\"")
      #expect(elapsed(since: start) == .seconds(5))
    }
  }

  @Test func `A deadline is a timeout`() throws {
    try onLoop {
      let deadline = LoopClock.Instant.now + .seconds(2)
      await #expect(throws: TimeoutError.self) {
        try await withDeadline(deadline) { try await sleep(for: .seconds(60)) }
      }
      #expect(LoopClock.Instant.now == deadline)
      let value = try await withDeadline(deadline + .seconds(1)) { "in time" }
      #expect(value == "in time")
    }
  }

  @Test func `The body's own error wins over the timeout`() throws {
    try onLoop {
      await #expect(throws: TestFailure("clean-up")) {
        try await withTimeout(.seconds(1)) {
          do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("clean-up") }
        }
      }
    }
  }

  @Test func `A value that the body returns after the time was up stands`() throws {
    try onLoop {
      let value = try await withTimeout(.seconds(1)) { timeout in
        _ = try? await sleep(for: .seconds(60))
        return timeout.hasExpired
      }
      #expect(value)
    }
  }

  @Test func `B43 The call returns after the clean-up of its body`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) {
          do { try await sleep(for: .seconds(60)) } catch {
            try await withCancellationShield(grace: .seconds(9)) {
              try await sleep(for: .seconds(2))
            }
            throw error
          }
        }
      }
      #expect(elapsed(since: start) == .seconds(3))
    }
  }

  @Test func `Cancelled from outside, it throws CancellationError`() throws {
    try onLoop {
      let task = createTask {
        try await withTimeout(.seconds(5)) { try await sleep(for: .seconds(60)) }
      }
      try await sleep(for: .seconds(1))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(!Task.isCancelled)
    }
  }

  @Test func `Cancelled from outside during the clean-up, it is a cancellation`() throws {
    try onLoop {
      let task = createTask {
        try await withTimeout(.seconds(1)) {
          do { try await sleep(for: .seconds(60)) } catch {
            try await withCancellationShield(grace: .seconds(9)) {
              try await sleep(for: .seconds(2))
            }
            throw error
          }
        }
      }
      try await sleep(for: .seconds(2))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A cancellation in the turn of the deadline wins`() throws {
    try explore(seeds: 0..<50) { _ in
      let task = createTask {
        try await withTimeout(.seconds(1)) { try await sleep(for: .seconds(60)) }
      }
      let loop = try #require(EventLoop.current)
      loop.schedule(after: .seconds(1)) { task.cancel() }
      do { try await task.value } catch is CancellationError {} catch is TimeoutError {
        // In some orders the timeout has been reported before the cancellation came.
      }
      try require(loop.timers.isEmpty, "a timer is left")
    }
  }

  @Test func `Both at once before the body runs again: the cancellation wins`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let task = createTask {
        try await withTimeout(.seconds(1)) { try await sleep(for: .seconds(60)) }
      }
      loop.schedule(after: .seconds(1)) { task.cancel() }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `B42 A cancellation in the turn of the body's end is seen once`() throws {
    let log = Log<String>()
    try onLoop {
      let loop = try #require(EventLoop.current)
      let task = createTask {
        let value = try await withTimeout(.seconds(5)) {
          _ = try? await sleep(for: .seconds(1))
          return "value"
        }
        log.record(value)
        try await sleep(for: .seconds(1))
        log.record("never")
      }
      loop.schedule(after: .seconds(1)) { task.cancel() }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries == ["value"])
  }

  @Test func `A body that is ready when the deadline comes wins over it`() throws {
    let value = try onLoop {
      let loop = try #require(EventLoop.current)
      let start = loop.now
      return try await withTimeout(.seconds(60)) { timeout in
        // Armed behind the body's own timer, for the same instant.
        loop.schedule(after: .milliseconds(500)) { timeout.reschedule(to: start + .seconds(1)) }
        try await sleep(until: start + .seconds(1))
        return "value"
      }
    }
    #expect(value == "value")
  }

  @Test func `An event that is set in the turn of the deadline, before it, wins`() throws {
    let value = try onLoop {
      let loop = try #require(EventLoop.current)
      let event = AsyncEvent()
      loop.schedule(after: .seconds(1)) { event.set() }
      return try await withTimeout(.seconds(1)) {
        try await event.wait()
        return "value"
      }
    }
    #expect(value == "value")
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(Int64.min)])
  func `B46 A past deadline cancels before the first suspension`(duration: Duration) throws {
    let log = Log<String>()
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(duration) {
          log.record("cancelled: \(Task.isCancelled)")
          try await sleep(for: .zero)
          log.record("never")
        }
      }
      #expect(elapsed(since: start) == .zero)
      let value = try await withTimeout(duration) { "needs no time" }
      #expect(value == "needs no time")
    }
    #expect(log.entries == ["cancelled: true"])
  }

  @Test func `B46 A deadline in the past does not eat a cancellation from outside`() throws {
    try onLoop {
      let task = createTask {
        cancelThisTask()
        try await withTimeout(.zero) { try await sleep(for: .seconds(1)) }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `B47 Of nested timeouts with equal deadlines the outer reports`() throws {
    let log = Log<String>()
    try onLoop {
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) { outer in
          do {
            try await withTimeout(.seconds(1)) { inner in
              do { try await sleep(for: .seconds(60)) } catch {
                log.record("\(outer.hasExpired) \(inner.hasExpired)")
                throw error
              }
            }
          } catch {
            log.record("\(type(of: error))")
            throw error
          }
        }
      }
    }
    #expect(log.entries == ["true true", "CancellationError"])
  }

  @Test func `Nested timeouts each report their own`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTimeout(.seconds(5)) { outer in
        await #expect(throws: TimeoutError.self) {
          try await withTimeout(.seconds(1)) { try await sleep(for: .seconds(60)) }
        }
        log.record("outer expired: \(outer.hasExpired)")
      }
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) {
          do {
            try await withTimeout(.seconds(5)) { try await sleep(for: .seconds(60)) }
          } catch is CancellationError {
            log.record("inner was cancelled")
            throw CancellationError()
          }
        }
      }
    }
    #expect(log.entries == ["outer expired: false", "inner was cancelled"])
  }

  @Test func `B49 Ten thousand timeouts on a busy loop leave nobody`() throws {
    try onLoop {
      let results = await gatherResults(0..<10_000) { _ in
        try await withTimeout(.milliseconds(50)) { try await sleep(for: .seconds(1)) }
      }
      let timedOut = results.filter { result in
        if case .failure(is TimeoutError) = result { true } else { false }
      }
      #expect(timedOut.count == 10_000)
      let loop = try #require(EventLoop.current)
      #expect(loop.timers.isEmpty)
      #expect(loop.tasks.count == 1)
    }
  }

  @Test func `B51 A timeout that was not needed is freed at once`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      for _ in 0..<10_000 {
        try await withTimeout(.seconds(3600)) { await Task.yield() }
      }
      #expect(loop.timers.isEmpty)
    }
  }

  @Test func `A huge timeout never comes`() throws {
    try onLoop {
      let value = try await withTimeout(.seconds(Int64.max)) {
        try await sleep(for: .seconds(1_000_000))
        return 1
      }
      #expect(value == 1)
    }
  }
}
