// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct WaitForTasksTests {
  @Test func `All completed waits for all, whatever their outcome`() throws {
    try onLoop {
      let tasks = [Self.task(1), Self.task(2, fails: true), Self.task(3)]
      let (done, pending) = try await wait(for: tasks, until: .allCompleted)
      #expect(done == tasks)
      #expect(pending.isEmpty)
      #expect(elapsed(since: LoopClock.Instant(nanoseconds: 0)) == .seconds(3))
      _ = try? await tasks[1].value
    }
  }

  @Test func `First completed returns at the first end, and cancels nobody`() throws {
    try onLoop {
      let tasks = [Self.task(3), Self.task(1), Self.task(2)]
      let (done, pending) = try await wait(for: tasks, until: .firstCompleted)
      #expect(done == [tasks[1]])
      #expect(pending == [tasks[0], tasks[2]])
      for task in pending { _ = try await task.value }
    }
  }

  @Test func `First completed counts a failure too`() throws {
    try onLoop {
      let tasks = [Self.task(3), Self.task(1, fails: true)]
      let (done, _) = try await wait(for: tasks, until: .firstCompleted)
      #expect(done == [tasks[1]])
      await #expect(throws: TestFailure("1")) { _ = try await tasks[1].value }
    }
  }

  @Test func `First failure passes over successes`() throws {
    try onLoop {
      let tasks = [Self.task(1), Self.task(2, fails: true), Self.task(3)]
      let (done, pending) = try await wait(for: tasks, until: .firstFailure)
      #expect(done == [tasks[0], tasks[1]])
      #expect(pending == [tasks[2]])
      _ = try? await tasks[1].value
    }
  }

  @Test func `First failure passes over cancellations, and ends when all have ended`() throws {
    try onLoop {
      let tasks = [Self.task(60), Self.task(2)]
      tasks[0].cancel()
      let (done, pending) = try await wait(for: tasks, until: .firstFailure)
      #expect(done == tasks)
      #expect(pending.isEmpty)
    }
  }

  @Test(arguments: [WaitCondition.firstCompleted, .firstFailure, .allCompleted])
  func `Waiting for no task returns at once`(condition: WaitCondition) throws {
    try onLoop {
      let (done, pending) = try await wait(
        for: [Task<Int, any Error>](), until: condition, timeout: .seconds(1))
      #expect(done.isEmpty && pending.isEmpty)
      #expect(elapsed(since: LoopClock.Instant(nanoseconds: 0)) == .zero)
    }
  }

  @Test func `When the time is up, what has ended by then is done`() throws {
    try onLoop {
      let tasks = [Self.task(1), Self.task(60)]
      let (done, pending) = try await wait(for: tasks, timeout: .seconds(2))
      #expect(done == [tasks[0]])
      #expect(pending == [tasks[1]])
      #expect(!tasks[1].isCancelled)
    }
  }

  @Test(arguments: [WaitCondition.firstCompleted, .firstFailure, .allCompleted])
  func `Tasks that have ended are done with a timeout of zero`(condition: WaitCondition) throws {
    try onLoop {
      let ended = [Self.task(0), Self.task(0)]
      for task in ended { _ = try await task.value }
      let (done, pending) = try await wait(for: ended, until: condition, timeout: .zero)
      #expect(done == ended)
      #expect(pending.isEmpty)
    }
  }

  @Test func `With a timeout of zero, tasks that run are pending`() throws {
    try onLoop {
      let task = Self.task(1)
      let (done, pending) = try await wait(for: [task], timeout: .zero)
      #expect(done.isEmpty)
      #expect(pending == [task])
    }
  }

  @Test func `Cancelling who waits ends the wait and leaves the tasks alone`() throws {
    try onLoop {
      let task = Self.task(5)
      let waiting = createTask { try await wait(for: [task], timeout: .seconds(60)).done.count }
      let other = createTask { try await wait(for: [task]).done.count }
      await settle()
      waiting.cancel()
      other.cancel()
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
      await #expect(throws: CancellationError.self) { _ = try await other.value }
      #expect(!task.isCancelled)
      let value = try await task.value
      #expect(value == 5)
    }
  }

  @Test func `A task that is cancelled already does not wait`() throws {
    try onLoop {
      let waiting = createTask {
        cancelThisTask()
        return try await wait(for: [Task<Int, any Error>]()).done.count
      }
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
    }
  }

  @Test func `The same task may be given twice and waited for by several`() throws {
    try onLoop {
      let task = Self.task(1)
      let counts = try await gather(0..<3) { _ in try await wait(for: [task, task]).done.count }
      #expect(counts == [1, 1, 1])
    }
  }

  @Test func `Tasks that cannot fail can be waited for`() throws {
    // On the system's clock: the task runs on the runtime's own threads.
    try EventLoop.run(.init(mode: .scoped)) {
      let task = Task { 1 }
      let (done, _) = try await wait(for: [task], until: .firstCompleted)
      #expect(done == [task])
    }
  }

  @Test func `B71 Waiting again and again for a task that never ends leaves nothing`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let immortal = createTask { try await AsyncEvent().wait() }
      for _ in 0..<10_000 {
        let (done, pending) = try await wait(
          for: [immortal], until: .firstCompleted, timeout: .nanoseconds(1))
        #expect(done.isEmpty && pending.count == 1)
      }
      #expect(loop.tasks.count == 2)
      #expect(loop.timers.isEmpty)
      immortal.cancel()
      let (done, _) = try await wait(for: [immortal])
      #expect(done.count == 1)
    }
  }

  private static func task(_ seconds: Int, fails: Bool = false) -> Task<Int, any Error> {
    createTask {
      try await sleep(for: .seconds(seconds))
      if fails { throw TestFailure("\(seconds)") }
      return seconds
    }
  }
}
