// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct EventLoopRunTests {
  @Test func `Run returns what its body returns`() throws {
    let value = try EventLoop.run(.init(mode: .scoped)) {
      try await sleep(for: .milliseconds(1))
      return 42
    }
    #expect(value == 42)
  }

  @Test func `run-002: Run throws what its body throws`() {
    #expect(throws: TestFailure("body")) {
      try EventLoop.run(.init(mode: .scoped)) { throw TestFailure("body") }
    }
  }

  @Test func `run-004: A run inside a run throws alreadyRunning`() throws {
    func runInside() throws {
      do {
        try EventLoop.run { Issue.record("the inner body ran") }
        Issue.record("the inner run did not throw")
      } catch EventLoopError.alreadyRunning {}
    }
    try onLoop { try runInside() }
  }

  @Test func `One run may follow another on the same thread`() throws {
    let values = try (0..<20).map { number in try onLoop { number } }
    #expect(values == Array(0..<20))
  }

  @Test func `run-023: The loop is current inside the run only`() throws {
    #expect(EventLoop.current == nil)
    let configuration = EventLoop.Configuration(name: "mine", mode: .scoped, clock: .virtual)
    let name = try EventLoop.run(configuration) {
      try #require(EventLoop.current).configuration.name
    }
    #expect(name == "mine")
    #expect(EventLoop.current == nil)
  }

  @Test(arguments: [EventLoop.Backend.automatic, .epoll, .ioUring])
  func `The backend says what it is`(choice: EventLoop.Backend) throws {
    let backend = try EventLoop.run(.init(backend: choice, mode: .scoped)) {
      try await sleep(for: .microseconds(10))
      return try #require(EventLoop.current).backend
    }
    #expect(backend != .automatic)
    if choice == .epoll { #expect(backend == .epoll) }
  }

  @Test func `run-005: Tasks that still run at the end are cancelled and awaited`() throws {
    let log = Log<String>()
    let value = try onLoop {
      for number in 0..<3 {
        createTask {
          do { try await sleep(for: .seconds(3600)) } catch {
            log.record("\(number) cancelled")
            throw error
          }
        }
      }
      await settle()
      return "value"
    }
    #expect(value == "value")
    #expect(log.entries == ["0 cancelled", "1 cancelled", "2 cancelled"])
  }

  @Test func `A task created while the run ends is cancelled and awaited too`() throws {
    let log = Log<String>()
    try onLoop {
      createTask {
        _ = try? await sleep(for: .seconds(3600))
        createTask {
          do { try await sleep(for: .seconds(3600)) } catch { log.record("late one cancelled") }
        }
      }
      await settle()
    }
    #expect(log.entries == ["late one cancelled"])
  }

  @Test func `Tasks that ignore their cancellation are named in the log`() {
    let lines = LogCapture.capture {
      let configuration = EventLoop.Configuration(
        mode: .scoped, clock: .virtual, shutdownGrace: .seconds(10))
      _ = try? EventLoop.run(configuration) {
        createTask(name: "stubborn") {
          try await withCancellationShield(grace: .seconds(60)) {
            try await sleep(for: .seconds(25))
          }
        }
        await settle()
      }
    }
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.contains("stubborn") })
  }

  @Test func `Several loops run on several threads at once`() throws {
    let results = LockWithCondition<[Int]>([])
    for number in 0..<4 {
      try Thread.start(name: "loop-\(number)") {
        let value = try? EventLoop.run(.init(mode: .scoped)) {
          try await gather(0..<10) { item in
            try await sleep(for: .milliseconds(item % 3))
            return item * number
          }.reduce(0, +)
        }
        results.withLock { $0.append(value ?? -1) }
        results.notifyAll()
      }
    }
    let all = results.wait(timeoutNanoseconds: 60_000_000_000) { values -> [Int]? in
      values.count == 4 ? values.sorted() : nil
    }
    #expect(all == [0, 45, 90, 135])
  }

  @Test func `run-019: A loop that has ended refuses work with an error or in the log`() throws {
    let loop = try onLoop { try #require(EventLoop.current) }
    let error = #expect(throws: EventLoopError.self) { try loop.submit { 1 } }
    #expect(error?.code == .ended)
    let lines = LogCapture.capture {
      loop.schedule { Issue.record("a callback ran on a loop that has ended") }
      loop.schedule(after: .zero) { Issue.record("a timer ran on a loop that has ended") }.cancel()
    }
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.contains("has ended") })
  }

  @Test func `Waiting for a descriptor on a loop that has ended throws`() throws {
    let ended = try onLoop { try #require(EventLoop.current) }
    try onLoop {
      let error = await #expect(throws: EventLoopError.self) { try await ended.readable(0) }
      #expect(error?.code == .ended)
    }
  }

  @Test func `Metrics count what the loop does`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      let before = loop.metrics
      #expect(before.tasks == 1)
      createTask { try await sleep(for: .seconds(1)) }
      #expect(loop.metrics.tasks == 2)
      for _ in 0..<100 { try await sleep(for: .milliseconds(1)) }
      let after = loop.metrics
      #expect(after.steps >= before.steps + 100)
      #expect(after.turns >= before.turns + 100)
      #expect(after.blockingThreads == 0 && after.blockingCalls == 0)
      try await runBlocking {}
      #expect(loop.metrics.blockingThreads == 1)
      #expect(loop.metrics.blockingCalls == 0 && loop.metrics.blockingWaiting == 0)
    }
  }

  @Test func `Metrics count polls and wake-ups of the system's clock`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      for _ in 0..<5 { try await sleep(for: .milliseconds(5)) }
      #expect(loop.metrics.polls >= 1)
      #expect(loop.metrics.wakeups >= 1)
    }
  }
}
