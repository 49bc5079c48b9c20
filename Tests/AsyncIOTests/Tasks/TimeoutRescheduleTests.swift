// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TimeoutRescheduleTests {
  @Test func `A deadline can be moved to a later time`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let error = await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) { timeout in
          timeout.reschedule(to: start + .seconds(9))
          #expect(timeout.deadline == start + .seconds(9))
          try await sleep(for: .seconds(60))
        }
      }
      #expect(elapsed(since: start) == .seconds(9))
      #expect(error?.duration == .seconds(9))
    }
  }

  @Test func `A deadline can be moved to an earlier time`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(30)) { timeout in
          timeout.reschedule(to: start + .seconds(2))
          try await sleep(for: .seconds(60))
        }
      }
      #expect(elapsed(since: start) == .seconds(2))
    }
  }

  @Test func `A deadline can be moved to the past`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(30)) { timeout in
          timeout.reschedule(to: start - .seconds(2))
          try await sleep(for: .seconds(60))
        }
      }
      #expect(elapsed(since: start) == .zero)
    }
  }

  @Test func `A deadline can be taken away and set again`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) { timeout in
          timeout.reschedule(to: nil)
          #expect(timeout.deadline == nil)
          try await sleep(for: .seconds(10))
          #expect(!timeout.hasExpired)
          timeout.reschedule(to: LoopClock.Instant.now + .seconds(1))
          try await sleep(for: .seconds(60))
        }
      }
      #expect(elapsed(since: start) == .seconds(11))
    }
  }

  @Test func `A deadline that is moved in the turn of its expiry holds`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let value = try await withTimeout(.seconds(60)) { timeout in
        loop.schedule(after: .seconds(1)) {
          timeout.reschedule(to: LoopClock.Instant.now + .seconds(5))
        }
        timeout.reschedule(to: loop.now + .seconds(1))
        try await sleep(for: .seconds(2))
        return "value"
      }
      #expect(value == "value")
    }
  }

  @Test func `Once the time is up, moving the deadline does nothing`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let error = await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(1)) { timeout in
          do { try await sleep(for: .seconds(60)) } catch {
            timeout.reschedule(to: start + .seconds(99))
            #expect(timeout.hasExpired)
            throw error
          }
        }
      }
      #expect(error?.duration == .seconds(1))
    }
  }

  @Test func `Once the body has ended, moving the deadline arms nothing`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let timeout = try await withTimeout(.seconds(1)) { (timeout: Timeout) in timeout }
      timeout.reschedule(to: loop.now + .seconds(99))
      #expect(loop.timers.isEmpty)
      #expect(!timeout.hasExpired)
    }
  }

  @Test func `A timeout knows its deadline and whether it has expired`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      try await withTimeout(.seconds(4)) { timeout in
        #expect(timeout.deadline == start + .seconds(4))
        #expect(!timeout.hasExpired)
      }
      try await withDeadline(start + .seconds(3)) { timeout in
        #expect(timeout.deadline == start + .seconds(3))
      }
    }
  }
}

@Suite struct MoveOnTests {
  @Test func `Moving on gives the value that comes in time`() throws {
    let value = try onLoop {
      try await moveOn(after: .seconds(2)) {
        try await sleep(for: .seconds(1))
        return 5
      }
    }
    #expect(value == 5)
  }

  @Test func `Moving on gives nil when the time is up`() throws {
    try onLoop {
      let start = LoopClock.Instant.now
      let value = try await moveOn(after: .seconds(1)) {
        try await sleep(for: .seconds(60))
        return 5
      }
      #expect(value == nil)
      #expect(elapsed(since: start) == .seconds(1))
    }
  }

  @Test func `Moving on passes other errors on`() throws {
    try onLoop {
      await #expect(throws: TestFailure("other")) {
        _ = try await moveOn(after: .seconds(1)) { throw TestFailure("other") }
      }
    }
  }

  @Test func `A timeout inside the body is not taken for the end of the time`() throws {
    try onLoop {
      let error = await #expect(throws: TimeoutError.self) {
        _ = try await moveOn(after: .seconds(5)) {
          try await withTimeout(.seconds(1)) { try await sleep(for: .seconds(60)) }
        }
      }
      #expect(error?.duration == .seconds(1))
    }
  }

  @Test func `Moving on is cancelled from outside with CancellationError`() throws {
    try onLoop {
      let task = createTask {
        try await moveOn(after: .seconds(5)) { try await sleep(for: .seconds(60)) } == nil
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
  }

  @Test func `A body that cannot fail is cancelled and its late value is dropped`() throws {
    let log = Log<String>()
    try onLoop {
      let value: Int? = await moveOn(after: .seconds(1)) {
        _ = try? await sleep(for: .seconds(60))
        log.record("cancelled: \(Task.isCancelled)")
        return 5
      }
      #expect(value == nil)
      let early: Int? = await moveOn(after: .seconds(1)) { 6 }
      #expect(early == 6)
    }
    #expect(log.entries == ["cancelled: true"])
  }

  @Test func `Moving on at once lets a body end that does not wait`() throws {
    let value = try onLoop { try await moveOn(after: .zero) { try Self.number() } }
    #expect(value == 1)
  }

  private static func number() throws -> Int { 1 }
}
