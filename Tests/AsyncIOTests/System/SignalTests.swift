// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// One after the other: signals belong to the whole process.
@Suite(.serialized) struct SignalTests {
  private static func raise(_ signal: UnixSignal) { kill(getpid(), signal.number) }

  /// Has the calling thread handle a signal before this returns; the kernel may give one that is meant for the
  /// process to a thread that runs much later.
  private static func raiseHere(_ signal: UnixSignal) { Glibc.raise(signal.number) }

  private static func handler(of signal: UnixSignal) -> UInt {
    var action = sigaction()
    sigaction(signal.number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
  }

  @Test func `signal-001: Numbers that are no signal, or cannot be caught, are refused`() {
    for number: Int32 in [0, -1, 65, 1000, SIGKILL, SIGSTOP, SIGSEGV, 32] {
      #expect(UnixSignal(number: number) == nil)
    }
    #expect(UnixSignal(number: SIGTERM) == .terminate)
    #expect(UnixSignal.terminate.description == "SIGTERM")
  }

  @Test func `signal-003: A signal wakes a loop that sleeps, and comes once`() throws {
    try onNetworkLoop {
      let arrivals = signals(.user1)
      createTask {
        await untilWaiting(for: .queueItem)
        Self.raise(.user1)
      }
      var iterator = arrivals.makeAsyncIterator()
      #expect(await iterator.next() == .user1)
      let nothing = await moveOn(after: .milliseconds(20)) { await iterator.next() } ?? nil
      #expect(nothing == nil)
    }
  }

  @Test func `Every listener gets a signal, and those of one kind that were not taken are one`()
    throws
  {
    try onNetworkLoop {
      let (one, other) = (signals(.user1, .user2), signals(.user1))
      var witness = signals(.user1).makeAsyncIterator()
      for _ in 0..<3 {
        Self.raiseHere(.user1)
        // All listeners get it in one step.
        #expect(await witness.next() == .user1)
      }
      Self.raiseHere(.user2)
      var iterator = one.makeAsyncIterator()
      #expect(await iterator.next() == .user1)
      #expect(await iterator.next() == .user2)
      var second = other.makeAsyncIterator()
      #expect(await second.next() == .user1)
      let more = await moveOn(after: .milliseconds(10)) { await second.next() } ?? nil
      #expect(more == nil)
    }
  }

  @Test
  func `signal-004 signal-008: What was in force before is restored when nobody listens any more`()
    throws
  {
    let before = Self.handler(of: .windowChange)
    try onNetworkLoop {
      var listening: SignalSequence? = signals(.windowChange)
      #expect(Self.handler(of: .windowChange) != before)
      _ = listening
      listening = nil
      #expect(Self.handler(of: .windowChange) == before)
      Self.raise(.windowChange)
    }
    let kept = try onNetworkLoop { signals(.windowChange) }
    // The end of the loop ends its listening, though somebody still holds the sequence.
    #expect(Self.handler(of: .windowChange) == before)
    _ = kept
  }

  @Test func `A cancelled task gets no more signals`() throws {
    try onNetworkLoop {
      let task = createTask {
        var count = 0
        for await _ in signals(.user2) { count += 1 }
        return count
      }
      await settle()
      task.cancel()
      let count = try await task.value
      #expect(count == 0)
    }
  }

  @Test func `Two loops on two threads hear the same signal`() throws {
    let (ready, heard) = (Guarded(0), Guarded(0))
    let threads = try (0..<2).map { _ in
      try onLoopOfItsOwnThread {
        try onNetworkLoop {
          let arrivals = signals(.hangup)
          ready.withLock { $0 += 1 }
          for await _ in arrivals { break }
          heard.withLock { $0 += 1 }
        }
      }
    }
    try onNetworkLoop {
      try await until { ready.withLock { $0 } == 2 }
      Self.raise(.hangup)
    }
    for thread in threads { try thread.wait() }
    #expect(heard.withLock { $0 } == 2)
  }

  @Test func `A loop that has ended listens for nothing, and holds up nobody`() throws {
    let loop = try #require(try onNetworkLoop { EventLoop.current })
    let key = try SignalHub.shared.add([SIGUSR2], on: loop) { _ in Issue.record("it came") }
    #expect(!loop.signalDispatch.isWanted)
    // Removed already.
    SignalHub.shared.remove(key)
    try onNetworkLoop {
      let arrivals = signals(.user2)
      Self.raise(.user2)
      var iterator = arrivals.makeAsyncIterator()
      #expect(await iterator.next() == .user2)
    }
  }

  @Test func `A listener is no deadlock`() throws {
    try onNetworkLoop {
      let task = createTask { for await _ in signals(.alarm) { break } }
      await untilWaiting(for: .queueItem)
      Self.raise(.alarm)
      try await task.value
    }
  }
}
