// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A stretch of a task that can be cancelled without cancelling the task: the body of a timeout or
/// of a scope.
///
/// It runs in a child task (`async let`, which lives in its parent's memory), so that cancelling
/// the child is enough, and whatever cancels the parent cancels it too.
@usableFromInline
package final class CancelScope: Sendable {
  // The child's memory ends with its parent's call: it may be cancelled from other threads only
  // while it is known to run. A cancellation under way holds up the child's end.
  //
  //     waiting ──enter──► running(task) ──leave──► ended
  //                          │      ▲
  //                       cancel    │
  //                          ▼      │
  //                        cancelling
  //
  // One word: the address of the task while it runs, else one of the small numbers. The lowest bit
  // says that the scope was cancelled, and stays.
  private static let waiting: UInt = 0
  private static let cancelling: UInt = 0b11
  private static let ended: UInt = 0b100
  private static let cancelledBit: UInt = 1

  private let state = Atomic<UInt>(CancelScope.waiting)

  /// Whether it belongs to a timeout, which the task's record is told of while the body runs.
  private let isTimed: Bool

  package init(isTimed: Bool = false) { self.isTimed = isTimed }

  /// Whether `cancel` was called before the body had ended.
  @usableFromInline
  package var isCancelled: Bool { state.load(ordering: .acquiring) & Self.cancelledBit != 0 }

  /// Cancels the body; does nothing when it has ended.
  ///
  /// From any thread.
  @usableFromInline
  package func cancel() {
    var current = state.load(ordering: .acquiring)
    while current & Self.cancelledBit == 0, current != Self.ended {
      let isRunning = current != Self.waiting
      let (isMine, now) = state.compareExchange(
        expected: current, desired: isRunning ? Self.cancelling : Self.waiting | Self.cancelledBit,
        ordering: .acquiringAndReleasing)
      if isMine {
        guard isRunning else { return }
        unsafeBitCast(current, to: UnsafeCurrentTask.self).cancel()
        // The task has waited for this.
        return state.store(current | Self.cancelledBit, ordering: .releasing)
      }
      current = now
    }
  }

  /// The first thing the child does.
  @usableFromInline
  func enter() {
    if let record = TaskRecord.unretainedCurrent {
      record._withUnsafeGuaranteedRef { record in
        record.endWait()
        if isTimed { record.beginTimeout() }
      }
    } else if isTimed {
      TimedTasks.add(.current)
    }
    withUnsafeCurrentTask { task in
      guard let task else { return }
      let running = unsafeBitCast(task, to: UInt.self)
      let (isUncancelled, _) = state.compareExchange(
        expected: Self.waiting, desired: running, ordering: .acquiringAndReleasing)
      if isUncancelled { return }
      state.store(running | Self.cancelledBit, ordering: .releasing)
      task.cancel()
    }
  }

  /// The last thing the child does.
  @usableFromInline
  func leave() {
    if isTimed {
      if let record = TaskRecord.unretainedCurrent {
        record._withUnsafeGuaranteedRef { $0.endTimeout() }
      } else {
        TimedTasks.remove(.current)
      }
    }
    var current = state.load(ordering: .acquiring)
    while true {
      if current == Self.cancelling {
        Thread.yield()
        current = state.load(ordering: .acquiring)
        continue
      }
      let (hasLeft, now) = state.compareExchange(
        expected: current, desired: Self.ended | current & Self.cancelledBit,
        ordering: .acquiringAndReleasing)
      if hasLeft { return }
      current = now
    }
  }

  /// Runs `body` in the caller's isolation, as the part of the task that `cancel` reaches.
  @inlinable
  package func run<Value>(
    isolation: isolated (any Actor)?, _ body: () async throws -> Value
  ) async -> Result<Value, any Error> {
    await withoutActuallyEscaping(body) { body in
      // The child has the caller's isolation, so the body and its value stay where they belong.
      let body = UncheckedSendable(body)
      async let outcome = {
        _ = isolation
        self.enter()
        defer { self.leave() }
        do {
          return UncheckedSendable(Result<Value, any Error>.success(try await body.value()))
        } catch {
          return UncheckedSendable(Result<Value, any Error>.failure(error))
        }
      }()
      return await outcome.value
    }
  }
}
