// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct CancelBehaviourTests {
  @Test func `cancel-003: Awaiting a task that was cancelled does not cancel who awaits`() throws {
    try onLoop {
      let inner = createTask { try await sleep(for: .seconds(3600)) }
      let outer = createTask {
        await #expect(throws: CancellationError.self) { try await inner.value }
        return Task.isCancelled
      }
      await settle()
      inner.cancel()
      let wasCancelled = try await outer.value
      #expect(!wasCancelled)
    }
  }

  @Test func `cancel-004: What is awaited and who awaits, cancelled in one step, both end`() throws
  {
    try onLoop {
      let inner = createTask { try await sleep(for: .seconds(3600)) }
      let outer = createTask { try await inner.value }
      await settle()
      inner.cancel()
      outer.cancel()
      await #expect(throws: CancellationError.self) { try await outer.value }
      await #expect(throws: CancellationError.self) { try await inner.value }
    }
  }

  @Test func `cancel-005: A task may turn its cancellation into a value`() throws {
    try onLoop {
      let event = AsyncEvent()
      let task = createTask {
        do { try await event.wait() } catch { return (42, Task.isCancelled) }
        return (0, false)
      }
      await settle()
      task.cancel()
      let (value, isCancelled) = try await task.value
      #expect(value == 42)
      #expect(isCancelled)
      #expect(event.waiting == 0)
    }
  }

  @Test func `cancel-007: Who cancels itself does not sleep`() throws {
    let time = try onLoop {
      let start = LoopClock.Instant.now
      let task = createTask {
        cancelThisTask()
        try await sleep(for: .seconds(100))
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      task.cancel()
      return elapsed(since: start)
    }
    #expect(time == .zero)
  }

  @Test func `cancel-008: A task that ends without throwing has its value, cancelled or not`()
    throws
  {
    try onLoop {
      let task = createTask {
        cancelThisTask()
        return 12
      }
      let value = try await task.value
      #expect(value == 12)
      let fromScope = try await withTaskScope { scope in
        let child = scope.spawn {
          cancelThisTask()
          return 12
        }
        return try await child.value
      }
      #expect(fromScope == 12)
    }
  }

  @Test func `cancel-009: Who is cancelled gets its own cancellation, what it awaits runs on`()
    throws
  {
    try onLoop {
      let gate = AsyncEvent()
      let inner = createTask { try await gate.wait() }
      let outer = createTask {
        cancelThisTask()
        _ = try await wait(for: [inner])
      }
      await #expect(throws: CancellationError.self) { try await outer.value }
      gate.set()
      try await inner.value
    }
  }

  @Test func `cancel-010: Cancelled before it runs, a task does not begin to wait`() throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<String>())
      try await queue.put(1)
      let task = createTask {
        log.record("began")
        _ = try await queue.get()
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries == ["began"])
      #expect(queue.count == 1)
      try await withTaskScope { scope in
        scope.cancel()
        scope.spawn { log.record("never") }
      }
      #expect(log.entries == ["began"])
    }
  }

  @Test func `cancel-014: Inner clean-up comes before outer, each once`() throws {
    try onLoop {
      let log = Log<String>()
      @Sendable func inner() async throws {
        do { try await AsyncEvent().wait() } catch {
          log.record("inner")
          throw error
        }
      }
      let task = createTask {
        do { try await inner() } catch {
          log.record("outer")
          throw error
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries == ["inner", "outer"])
    }
  }

  @Test func `cancel-015: Another error thrown in answer to cancellation is the task's error`()
    throws
  {
    try onLoop {
      let task = createTask {
        do { try await sleep(for: .seconds(3600)) } catch { throw TestFailure("instead") }
      }
      await settle()
      task.cancel()
      await #expect(throws: TestFailure("instead")) { try await task.value }
    }
  }

  @Test func `cancel-016: Cancelling a task that has failed changes nothing`() throws {
    let lines = try LogCapture.capture {
      try onLoop {
        let task = createTask { throw TestFailure("early") }
        await settle()
        task.cancel()
        await #expect(throws: TestFailure("early")) { try await task.value }
      }
    }
    #expect(lines.isEmpty)
  }
}
