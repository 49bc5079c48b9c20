// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// When a loop looks at the other threads: only while nothing that it knows of can wake it.
///
/// A fresh `StuckWatch` looks as soon as it is asked, and then has a next look that is not 0.
@Suite struct StandstillActivityTests {
  /// Whether a loop looked at the threads while `body` waited.
  private func looksAtThreads(
    during body: @escaping @Sendable (EventLoop) async throws -> Void
  ) throws -> Bool {
    try EventLoop.run(.init(mode: .scoped, clock: .system)) {
      let loop = try #require(EventLoop.current)
      loop.stuckWatch = StuckWatch()
      try await body(loop)
      return loop.stuckWatch.nextLook != 0
    }
  }

  /// Does something on a thread of its own once the loop is asleep.
  private func onceAsleep(_ loop: EventLoop, _ action: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
      while !loop.inbox.loopSleeps { sched_yield() }
      action()
    }
  }

  @Test func `A loop that waits for other threads only looks at them`() throws {
    let looked = try looksAtThreads { loop in
      let event = AsyncEvent()
      onceAsleep(loop) { event.set() }
      try await event.wait()
    }
    #expect(looked)
  }

  @Test func `A timer is activity`() throws {
    let looked = try looksAtThreads { _ in try await sleep(for: .milliseconds(1)) }
    #expect(!looked)
  }

  @Test func `A descriptor that is waited for is activity`() throws {
    let looked = try looksAtThreads { loop in
      let pipe = Foundation.Pipe()
      onceAsleep(loop) { pipe.fileHandleForWriting.write(Data([1])) }
      try await loop.readable(pipe.fileHandleForReading.fileDescriptor)
    }
    #expect(!looked)
  }

  @Test func `A blocking call is activity`() throws {
    let looked = try looksAtThreads { loop in
      try await runBlocking { while !loop.inbox.loopSleeps { sched_yield() } }
    }
    #expect(!looked)
  }

  @Test func `A hold is activity`() throws {
    let looked = try looksAtThreads { loop in
      let event = AsyncEvent()
      let hold = loop.hold()
      onceAsleep(loop) { event.set() }
      try await event.wait()
      hold.release()
    }
    #expect(!looked)
  }

  @Test func `Looking ends with the first call from another thread`() throws {
    let looked = try looksAtThreads { loop in
      let event = AsyncEvent()
      onceAsleep(loop) {
        loop.schedule {
          // The next look is due at once; a timer is armed, so there must be none.
          loop.stuckWatch = StuckWatch()
          loop.schedule(after: .milliseconds(1)) { event.set() }
        }
      }
      try await event.wait()
    }
    #expect(!looked)
  }
}
