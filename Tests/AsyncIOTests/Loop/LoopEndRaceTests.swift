// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Logging
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What other threads ask of a loop while it ends, with the loop held up at each moment of its end.
@Suite(.serialized) struct LoopEndRaceTests {
  private static let stages: [EventLoop.EndingStage] = [.beforeMark, .marked, .emptied]

  /// Ends a loop and has `action` run on another thread at `stage`, to its end, while the loop stands still.
  private func end(
    at stage: EventLoop.EndingStage, _ action: @escaping @Sendable (EventLoop) throws -> Void
  ) throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      loop.endingHook = { reached in
        guard reached == stage else { return }
        // The test's own failure shows in what the action has left behind.
        try? onLoopOfItsOwnThread { try action(loop) }.wait()
      }
    }
  }

  /// A task on a loop of another thread, whose end is waited for.
  private final class Outcome: Sendable {
    private let text = Guarded<String?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func begin(_ body: @escaping @Sendable () async throws -> Void) {
      // Not on the threads of the language's executor, which other tests may hold.
      _ = try? onLoopOfItsOwnThread {
        let result: String
        do {
          try EventLoop.run(.init(mode: .scoped)) { try await body() }
          result = "returned"
        } catch { result = "\(type(of: error))" }
        self.text.withLock { $0 = result }
        self.done.signal()
      }
    }

    func wait() -> String {
      guard done.wait(timeout: .now() + 20) == .success else { return "waits for ever" }
      return text.withLock { $0 } ?? ""
    }
  }

  @Test(arguments: stages)
  func `A timer that comes too late is not armed, and that is logged`(
    _ stage: EventLoop.EndingStage
  ) throws {
    let ran = Log<Int>()
    let lines = try LogCapture.capture(everywhere: true) {
      try end(at: stage) { loop in
        loop.schedule(after: .milliseconds(1)) { ran.record(1) }
        loop.schedule { ran.record(2) }
      }
      // A later loop runs nothing of it.
      try EventLoop.run(.init(mode: .scoped)) { try await sleep(for: .milliseconds(5)) }
    }
    let refused = lines.count { $0.contains("LoopEndRaceTests") && $0.contains("does not run") }
    // What comes before the loop has said that it ends may still be run by it.
    #expect(refused + ran.entries.count >= (stage == .beforeMark ? 1 : 2), "\(lines)")
    #expect(stage == .beforeMark || ran.entries.isEmpty)
  }

  @Test(arguments: stages)
  func `Waits that begin while the loop ends come to their ends`(_ stage: EventLoop.EndingStage)
    throws
  {
    var pipe: [Int32] = [0, 0]
    #expect(Glibc.pipe(&pipe) == 0)
    let (read, write) = (pipe[0], pipe[1])
    defer {
      close(read)
      close(write)
    }
    let (sleeping, reading, timed) = (Outcome(), Outcome(), Outcome())
    try end(at: stage) { loop in
      let started = DispatchSemaphore(value: 0)
      sleeping.begin {
        started.signal()
        try await loop.sleep(until: loop.currentTime() + 3_600_000_000_000)
      }
      reading.begin {
        started.signal()
        try await loop.readable(read)
      }
      timed.begin {
        started.signal()
        try await loop.sleep(until: loop.currentTime() + 1)
      }
      for _ in 0..<3 { started.wait() }
    }
    #expect(sleeping.wait() == "CancellationError")
    #expect(reading.wait() == "EventLoopError")
    #expect(["CancellationError", "returned"].contains(timed.wait()))
  }

  @Test(arguments: stages)
  func `Jobs that come while the loop ends run elsewhere, and nothing goes round in circles`(
    _ stage: EventLoop.EndingStage
  ) throws {
    let outcome = Outcome()
    try end(at: stage) { loop in
      for _ in 0..<100 {
        Task.detached(executorPreference: loop) {}
      }
      loop.wake()
      outcome.begin {
        try await Task(executorPreference: loop) { try Task.checkCancellation() }.value
      }
    }
    #expect(outcome.wait() == "returned")
  }

  @Test func `A burst from another thread leaves no memory behind`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let done = AsyncEvent()
      let hold = loop.hold()
      _ = try onLoopOfItsOwnThread {
        for _ in 0..<100_000 { loop.schedule {} }
        loop.schedule {
          hold.release()
          done.set()
        }
      }
      try await done.wait()
      try await sleep(for: .milliseconds(1))
      #expect(!loop.ready.isSwollen)
    }
  }

  @Test func `A timeout that its loop does not live to see has not timed out`() throws {
    let outcome = Outcome()
    try EventLoop.run(.init(mode: .scoped)) {
      let started = AsyncEvent()
      let loop = try #require(EventLoop.current)
      outcome.begin {
        _ = try await Task(executorPreference: loop) {
          try await withTimeout(.seconds(3600)) {
            started.set()
            let _: Void = try await withTaskCancellationHandler {
              while !Task.isCancelled { try await ContinuousClock().sleep(for: .milliseconds(1)) }
              throw CancellationError()
            } onCancel: {
            }
          }
        }.value
      }
      try await started.wait()
    }
    #expect(outcome.wait() == "CancellationError")
  }
}
