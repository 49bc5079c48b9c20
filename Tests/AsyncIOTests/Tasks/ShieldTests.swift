// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct ShieldTests {
  @Test func `shield-001: A shield passes on the value`() throws {
    let value = try onLoop {
      try await shield {
        try await sleep(for: .seconds(1))
        return 9
      }
    }
    #expect(value == 9)
  }

  @Test func `shield-002: A shield passes on the error`() {
    #expect(throws: TestFailure("inside")) {
      try onLoop { try await shield { throw TestFailure("inside") } }
    }
  }

  @Test func `shield-004: A cancelled caller leaves at once and the body goes on to its end`()
    throws
  {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        try await shield {
          try await sleep(for: .seconds(5))
          log.record("body ended")
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      log.record("caller ended")
      try await sleep(for: .seconds(10))
    }
    #expect(log.entries == ["caller ended", "body ended"])
  }

  @Test func `A body left behind is cancelled and awaited at the end of the run`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        try await shield {
          do { try await sleep(for: .seconds(3600)) } catch { log.record("cancelled") }
        }
      }
      await settle()
      task.cancel()
    }
    #expect(log.entries == ["cancelled"])
  }

  @Test func `The error of a body whose caller has left is logged`() {
    let lines = LogCapture.capture {
      _ = try? onLoop {
        let task = createTask {
          try await shield {
            try await sleep(for: .seconds(1))
            throw TestFailure("unseen")
          }
        }
        await settle()
        task.cancel()
        try await sleep(for: .seconds(2))
      }
    }
    #expect(lines.count == 1)
    #expect(lines.first?.contains("unseen") == true)
    #expect(lines.first?.contains("ShieldTests.swift") == true)
  }

  @Test func `A task that is cancelled already starts no shielded work`() throws {
    let log = Log<String>()
    try onLoop {
      let task = createTask {
        cancelThisTask()
        try await shield { log.record("ran") }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `A result that is there wins over a cancellation of the same turn`() throws {
    try explore(seeds: 0..<30) { _ in
      let log = Log<String>()
      let task = createTask {
        try await shield {
          try await sleep(for: .seconds(1))
          log.record("ended")
          return 1
        }
      }
      try await sleep(for: .seconds(1))
      task.cancel()
      do {
        let value = try await task.value
        try require(value == 1, "the value is \(value)")
      } catch is CancellationError {}
      try await sleep(for: .seconds(1))
      try require(log.entries == ["ended"], "the body did not run to its end")
    }
  }
}

@Suite struct CancellationShieldTests {
  @Test func `Clean-up behind a cancellation shield runs to its end`() throws {
    let log = Log<String>()
    let time = try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask {
        do { try await sleep(for: .seconds(60)) } catch {
          try await withCancellationShield(grace: .seconds(5)) {
            log.record("cancelled: \(Task.isCancelled)")
            try await sleep(for: .seconds(2))
          }
          log.record("clean")
          throw error
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      return elapsed(since: start)
    }
    #expect(log.entries == ["cancelled: false", "clean"])
    #expect(time == .seconds(2))
  }

  @Test func `Once the grace is over, the body is cancelled and awaited`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask {
        cancelThisTask()
        try await withCancellationShield(grace: .seconds(5)) {
          try await sleep(for: .seconds(60))
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      return elapsed(since: start)
    }
    #expect(time == .seconds(5))
  }

  @Test func `The grace begins with the cancellation`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask {
        try await withCancellationShield(grace: .seconds(5)) {
          try await sleep(for: .seconds(60))
        }
      }
      try await sleep(for: .seconds(10))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      return elapsed(since: start)
    }
    #expect(time == .seconds(15))
  }

  @Test func `A caller that is not cancelled is not limited by the grace`() throws {
    let (value, timers) = try onLoop {
      let value = try await withCancellationShield(grace: .seconds(1)) {
        try await sleep(for: .seconds(60))
        return "value"
      }
      let loop = try #require(EventLoop.current)
      return (value, loop.timers.count)
    }
    #expect(value == "value")
    #expect(timers == 0)
  }

  @Test func `The body's value and error are passed on, cancelled or not`() throws {
    try onLoop {
      let task = createTask {
        cancelThisTask()
        return try await withCancellationShield(grace: .seconds(1)) { 3 }
      }
      let value = try await task.value
      #expect(value == 3)
      await #expect(throws: TestFailure("inside")) {
        try await withCancellationShield(grace: .seconds(1)) { throw TestFailure("inside") }
      }
    }
  }

  @Test func `The end of the run leaves shielded clean-up its grace`() throws {
    let log = Log<String>()
    try onLoop {
      createTask {
        do { try await sleep(for: .seconds(3600)) } catch {
          try await withCancellationShield(grace: .seconds(5)) {
            try await sleep(for: .seconds(2))
            log.record("clean")
          }
        }
      }
      await settle()
    }
    #expect(log.entries == ["clean"])
  }

  @Test func `Shielded clean-up at the end of the run may start tasks of its own`() throws {
    let log = Log<String>()
    try onLoop {
      createTask {
        do { try await sleep(for: .seconds(3600)) } catch {
          try await withCancellationShield(grace: .seconds(5)) {
            _ = try await gather(
              { try await sleep(for: .seconds(1)) }, { try await sleep(for: .seconds(2)) })
            log.record("clean")
          }
        }
      }
      await settle()
    }
    #expect(log.entries == ["clean"])
  }
}
