// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

private enum Trace {
  @TaskLocal static var number = 0
}

@Suite struct RunBlockingTests {
  @Test func `executor-002: A call's value and error come back`() throws {
    try onLoop {
      let value = try await runBlocking { 42 }
      #expect(value == 42)
      await #expect(throws: TestFailure("inside")) {
        try await runBlocking { throw TestFailure("inside") }
      }
      let patient = try await runBlocking(abandonOnCancel: true) { 43 }
      #expect(patient == 43)
      await #expect(throws: TestFailure("inside")) {
        try await runBlocking(abandonOnCancel: true) { throw TestFailure("inside") }
      }
    }
  }

  @Test func `executor-001: A call runs on another thread, with the pool's name, and comes back`()
    throws
  {
    try EventLoop.run(.init(name: "numbers", mode: .scoped)) {
      let own = Self.thread()
      let (other, name) = try await runBlocking { (Self.thread(), Self.threadName()) }
      #expect(other != own)
      #expect(name.hasPrefix("numbers-"))
      #expect(Self.thread() == own)
      #expect(EventLoop.current != nil)
    }
  }

  @Test(arguments: [false, true])
  func `executor-005: Task-local values are carried over`(abandon: Bool) throws {
    let number = try onLoop {
      try await Trace.$number.withValue(7) {
        try await runBlocking(abandonOnCancel: abandon) { Trace.number }
      }
    }
    #expect(number == 7)
  }

  @Test func `No more calls run at once than there may be threads`() throws {
    let gauge = ConcurrencyGauge()
    try EventLoop.run(.init(mode: .scoped, blockingThreads: 2)) {
      _ = try await gather(0..<12) { _ in
        try await runBlocking {
          gauge.enter()
          usleep(2_000)
          gauge.leave()
        }
      }
      let loop = try #require(EventLoop.current)
      #expect(loop.metrics.blockingThreads <= 2)
    }
    #expect(gauge.peak <= 2 && gauge.peak > 0)
  }

  @Test func `Calls wait for a thread first come, first served`() throws {
    let log = Log<Int>()
    try EventLoop.run(.init(mode: .scoped, blockingThreads: 1)) {
      _ = try await gather(0..<10) { number in try await runBlocking { log.record(number) } }
    }
    #expect(log.entries == Array(0..<10))
  }

  @Test func `The loop goes on while a call blocks`() throws {
    let log = Log<String>()
    try EventLoop.run(.init(mode: .scoped)) {
      let gate = LockWithCondition(false)
      let task = createTask {
        try await runBlocking { Self.pass(gate) }
        log.record("call ended")
      }
      try await sleep(for: .milliseconds(1))
      log.record("loop runs")
      Self.open(gate)
      try await task.value
    }
    #expect(log.entries == ["loop runs", "call ended"])
  }

  @Test func `A cancelled task does not begin a call`() throws {
    let log = Log<String>()
    try onLoop {
      for abandon in [false, true] {
        let task = createTask {
          cancelThisTask()
          try await runBlocking(abandonOnCancel: abandon) { log.record("ran") }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }
    #expect(log.entries.isEmpty)
  }

  @Test(arguments: [false, true])
  func `A call cancelled while it waits for a thread never runs`(abandon: Bool) throws {
    let log = Log<String>()
    try EventLoop.run(.init(mode: .scoped, blockingThreads: 1)) {
      let loop = try #require(EventLoop.current)
      let gate = LockWithCondition(false)
      let first = createTask { try await runBlocking { Self.pass(gate) } }
      await Task.yield()
      let second = createTask {
        try await runBlocking(abandonOnCancel: abandon) { log.record("ran") }
      }
      while loop.metrics.blockingWaiting == 0 { try await sleep(for: .milliseconds(1)) }
      second.cancel()
      await #expect(throws: CancellationError.self) { try await second.value }
      #expect(loop.metrics.blockingCalls == 1)
      Self.open(gate)
      try await first.value
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `A cancelled caller waits for the thread and gets its value`() throws {
    let log = Log<String>()
    try EventLoop.run(.init(mode: .scoped)) {
      let (begun, gate) = (AsyncEvent(), LockWithCondition(false))
      let task = createTask {
        let value = try await runBlocking {
          begun.set()
          Self.pass(gate)
          return Task.isCancelled
        }
        log.record("the call saw its cancellation: \(value)")
      }
      try await begun.wait()
      task.cancel()
      try await sleep(for: .milliseconds(2))
      #expect(log.entries.isEmpty)
      Self.open(gate)
      try await task.value
    }
    #expect(log.entries == ["the call saw its cancellation: true"])
  }

  @Test
  func `executor-006: An abandoned call lets its caller go at once and is awaited by the run`()
    throws
  {
    let log = Log<String>()
    try EventLoop.run(.init(mode: .scoped)) {
      let (begun, gate) = (AsyncEvent(), LockWithCondition(false))
      let task = createTask {
        try await runBlocking(abandonOnCancel: true) {
          begun.set()
          Self.pass(gate)
          log.record("call ended, cancelled: \(Task.isCancelled)")
        }
      }
      try await begun.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      log.record("caller left")
      Self.open(gate)
    }
    #expect(log.entries == ["caller left", "call ended, cancelled: true"])
  }

  @Test func `An error after the call was abandoned harms nobody`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let (begun, gate) = (AsyncEvent(), LockWithCondition(false))
      let task = createTask {
        try await runBlocking(abandonOnCancel: true) {
          begun.set()
          Self.pass(gate)
          throw TestFailure("too late")
        }
      }
      try await begun.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      Self.open(gate)
      let value = try await runBlocking { "the pool goes on" }
      #expect(value == "the pool goes on")
    }
  }

  @Test func `executor-012: B103 The run waits for a call that is still in flight`() throws {
    let log = Log<String>()
    try EventLoop.run(.init(mode: .scoped)) {
      let begun = AsyncEvent()
      createTask {
        try await runBlocking {
          begun.set()
          usleep(20_000)
          log.record("call ended")
        }
      }
      try await begun.wait()
    }
    #expect(log.entries == ["call ended"])
  }

  @Test func `run-025: A call may run a loop of its own`() throws {
    let value = try onLoop {
      try await runBlocking { try onLoop { 5 } }
    }
    #expect(value == 5)
  }

  @Test func `A thread that is idle is used again`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      for _ in 0..<50 { try await runBlocking {} }
      #expect(loop.metrics.blockingThreads == 1)
    }
  }

  private static func pass(_ gate: LockWithCondition<Bool>) {
    gate.wait(timeoutNanoseconds: 60_000_000_000) { $0 ? true : nil }
  }

  private static func open(_ gate: LockWithCondition<Bool>) {
    gate.withLock { $0 = true }
    gate.notifyAll()
  }

  private static func thread() -> Int32 { Syscalls.currentThreadID }

  private static func threadName() -> String {
    let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    return (name ?? "?").trimmingCharacters(in: .newlines)
  }
}
