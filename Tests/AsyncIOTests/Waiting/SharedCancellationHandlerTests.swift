// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// One cancellation handler for all waits of a task, as connections have it.
@Suite struct SharedCancellationHandlerTests {
  /// Starts a task that has such a handler while `body` runs.
  private func start(
    _ body: @escaping @Sendable () async throws -> Void
  ) -> Task<Void, any Error> {
    createTask {
      let record = try #require(TaskRecord.installSharedCancellationHandler())
      defer { record.removeSharedCancellationHandler() }
      try await body()
    }
  }

  /// Waits; notes each call of the handler.
  private func park(_ wait: SingleWait, _ calls: Log<Int>) async {
    await parkWithSharedHandler(.event, wait.address) {
      calls.record(1)
      wait.decide(.cancelled)
    }
  }

  @Test func `Many waits are granted one after the other, and no handler runs`() throws {
    try onLoop {
      let calls = Log<Int>()
      let wait = SingleWait()
      let task = start {
        for _ in 0..<100 {
          await park(wait, calls)
          #expect(wait.signal == .granted)
          wait.reset()
        }
      }
      for _ in 0..<100 {
        await untilWaiting(for: .event)
        wait.decide(.granted)
        await settle()
      }
      try await task.value
      #expect(calls.entries.isEmpty)
    }
  }

  @Test func `A task that is cancelled while it waits is told once`() throws {
    try onLoop {
      let calls = Log<Int>()
      let wait = SingleWait()
      let task = start { await park(wait, calls) }
      await untilWaiting(for: .event)
      task.cancel()
      try await task.value
      #expect(wait.signal == .cancelled && calls.entries == [1])
    }
  }

  @Test func `A task that was cancelled between two waits does not wait again`() throws {
    try onLoop {
      let calls = Log<Int>()
      let (first, second) = (SingleWait(), SingleWait())
      let task = start {
        await park(first, calls)
        cancelThisTask()
        await park(second, calls)
        #expect(second.signal == .cancelled)
      }
      await untilWaiting(for: .event)
      first.decide(.granted)
      try await task.value
      #expect(calls.entries == [1])
    }
  }

  @Test func `A task that was cancelled before it had the handler does not wait`() throws {
    try onLoop {
      let calls = Log<Int>()
      let wait = SingleWait()
      let task = start { await park(wait, calls) }
      task.cancel()
      try await task.value
      #expect(wait.signal == .cancelled && calls.entries == [1])
    }
  }

  @Test func `A child task's wait is cancelled with it, and leaves its parent's alone`() throws {
    try onLoop {
      let calls = Log<Int>()
      let (inner, outer) = (SingleWait(), SingleWait())
      let task = start {
        await withTaskGroup { group in
          group.addTask { await park(inner, calls) }
          await Task.yield()
          group.cancelAll()
        }
        #expect(inner.signal == .cancelled && !Task.isCancelled)
        await park(outer, calls)
        #expect(outer.signal == .granted)
      }
      try await until { inner.isDecided }
      await untilWaiting(for: .event)
      outer.decide(.granted)
      try await task.value
      #expect(calls.entries == [1])
    }
  }

  @Test func `Cancelled by another thread at the moment of the grant, a wait is decided once`()
    throws
  {
    try onNetworkLoop {
      for _ in 0..<500 {
        let calls = Log<Int>()
        let wait = SingleWait()
        let task = start { await park(wait, calls) }
        await untilWaiting(for: .event)
        Thread.detachNewThread { task.cancel() }
        wait.decide(.granted)
        try await task.value
        #expect(wait.isDecided && calls.entries.count <= 1)
      }
    }
  }
}
