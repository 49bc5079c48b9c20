// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TimeoutBehaviourTests {
  @Test func `timeout-001: The body is cancelled, the timeout is thrown and has expired`() throws {
    try onLoop {
      let (handle, log) = (Guarded<Timeout?>(nil), Log<String>())
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(10)) { timeout in
          handle.withLock { $0 = timeout }
          do { try await sleep(for: .seconds(10)) } catch {
            log.record("\(type(of: error))")
            throw error
          }
        }
      }
      #expect(log.entries == ["CancellationError"])
      #expect(handle.withLock { $0 }?.hasExpired == true)
    }
  }

  @Test func `timeout-003: Of nested deadlines of one instant one is thrown; both have expired`()
    throws
  {
    try onLoop {
      let (outer, inner) = (Guarded<Timeout?>(nil), Guarded<Timeout?>(nil))
      let deadline = LoopClock.Instant.now + .seconds(1)
      await #expect(throws: TimeoutError.self) {
        try await withDeadline(deadline) { (timeout: Timeout) in
          outer.withLock { $0 = timeout }
          try await withDeadline(deadline) { (timeout: Timeout) in
            inner.withLock { $0 = timeout }
            try await sleep(for: .seconds(10))
          }
        }
      }
      #expect(outer.withLock { $0 }?.hasExpired == true)
      #expect(inner.withLock { $0 }?.hasExpired == true)
    }
  }

  @Test func `timeout-005, waitfor-007: Without a deadline a body has its time`() throws {
    try onLoop {
      let value = try await withTimeout(.milliseconds(5)) { timeout in
        timeout.reschedule(to: nil)
        try await sleep(for: .milliseconds(10))
        #expect(!timeout.hasExpired)
        #expect(timeout.deadline == nil)
        return "done"
      }
      #expect(value == "done")
    }
  }

  @Test func `timeout-006: A timeout of zero expires at once, and reports its deadline`() throws {
    try onLoop {
      let (start, deadline) = (LoopClock.Instant.now, Guarded<LoopClock.Instant?>(nil))
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.zero) { timeout in
          deadline.withLock { $0 = timeout.deadline }
          #expect(timeout.hasExpired)
          try await sleep(for: .seconds(10))
        }
      }
      #expect(deadline.withLock { $0 } == start)
      #expect(LoopClock.Instant.now == start)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(-11)])
  func `timeout-007: A deadline that has passed takes effect even in a sleep of zero`(
    _ duration: Duration
  ) throws {
    try onLoop {
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(duration) { try await sleep(for: .zero) }
      }
    }
  }

  @Test func `timeout-008: The body's own error comes out, and nothing has expired`() throws {
    try onLoop {
      let handle = Guarded<Timeout?>(nil)
      await #expect(throws: TestFailure("own")) {
        try await withTimeout(.milliseconds(10)) { timeout in
          handle.withLock { $0 = timeout }
          throw TestFailure("own")
        }
      }
      #expect(handle.withLock { $0 }?.hasExpired == false)
    }
  }

  @Test func `timeout-009: An error thrown in answer to the deadline comes out; it has expired`()
    throws
  {
    try onLoop {
      let handle = Guarded<Timeout?>(nil)
      await #expect(throws: TestFailure("instead")) {
        try await withTimeout(.milliseconds(10)) { timeout in
          handle.withLock { $0 = timeout }
          do { try await sleep(for: .seconds(10)) } catch { throw TestFailure("instead") }
        }
      }
      #expect(handle.withLock { $0 }?.hasExpired == true)
    }
  }

  @Test(arguments: [false, true])
  func `timeout-010: A cancellation within the time is no timeout`(fromInside: Bool) throws {
    try onLoop {
      let handle = Guarded<Timeout?>(nil)
      let task = createTask {
        try await withTimeout(.seconds(10)) { timeout in
          handle.withLock { $0 = timeout }
          if fromInside { cancelThisTask() }
          try await sleep(for: .seconds(60))
        }
      }
      await settle()
      if !fromInside { task.cancel() }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(handle.withLock { $0 }?.hasExpired == false)
    }
  }

  @Test func `timeout-011, timeout-022: Code after a timeout runs without a pending cancellation`()
    throws
  {
    try onLoop {
      let task = createTask {
        for limit in [Duration.milliseconds(1), .seconds(100)] {
          let isHit = try await moveOn(after: limit) { try await sleep(for: .seconds(1)) } == nil
          #expect(isHit == (limit < .seconds(1)))
          #expect(!Task.isCancelled)
          try await sleep(for: .milliseconds(1))
        }
        return "completed"
      }
      let outcome = try await task.value
      #expect(outcome == "completed")
    }
  }

  @Test func `timeout-015: A timeout describes how it stands`() throws {
    try onLoop {
      let handle = Guarded<Timeout?>(nil)
      try await withTimeout(.seconds(5)) { timeout in
        handle.withLock { $0 = timeout }
        #expect("\(timeout)" == "Timeout(active, 5.0 seconds left)")
        timeout.reschedule(to: nil)
        #expect("\(timeout)" == "Timeout(active, no deadline)")
      }
      let ended = try #require(handle.withLock { $0 })
      #expect("\(ended)" == "Timeout(finished)")
      try? await withTimeout(.milliseconds(1)) { timeout in
        try? await sleep(for: .seconds(1))
        #expect("\(timeout)" == "Timeout(expired)")
      }
    }
  }

  @Test func `timeout-016: Shielded clean-up has timeouts of its own`() throws {
    try onLoop {
      let log = Log<String>()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(10)) {
          do { try await sleep(for: .seconds(10)) } catch {
            try await withCancellationShield(grace: .seconds(1)) {
              do {
                try await withTimeout(.milliseconds(10)) { try await sleep(for: .seconds(10)) }
              } catch is TimeoutError {
                log.record("inner")
              }
            }
            throw error
          }
        }
      }
      #expect(log.entries == ["inner"])
    }
  }

  @Test func `timeout-017: A task that swallowed its cancellation is still cancelled`() throws {
    try onLoop {
      let task = createTask {
        try? await sleep(for: .seconds(10))
        try await withTimeout(.zero) { try await sleep(for: .seconds(10)) }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `timeout-020: A deadline that has fired is not taken back`() throws {
    try onLoop {
      let (value, expired) = try await withTimeout(.milliseconds(10)) { timeout in
        try? await sleep(for: .seconds(10))
        timeout.reschedule(to: .now + .seconds(60))
        return ("value", timeout.hasExpired)
      }
      #expect(value == "value")
      #expect(expired)
    }
  }

  @Test func `timeout-021: The errors of a scope come out instead of the timeout`() throws {
    try onLoop {
      let error = await #expect(throws: ErrorGroup.self) {
        try await withTimeout(.milliseconds(10)) {
          try await withTaskScope { scope in
            scope.spawn {
              do { try await sleep(for: .seconds(10)) } catch { throw TestFailure("division") }
            }
            try await sleep(for: .seconds(10))
          }
        }
      }
      #expect(error?.errors as? [TestFailure] == [TestFailure("division")])
    }
  }
}
