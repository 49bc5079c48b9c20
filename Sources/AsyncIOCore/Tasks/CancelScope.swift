// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A stretch of a task that can be cancelled without cancelling the task: the body of a timeout or
/// of a scope.
///
/// It runs in a child task (`async let`, which lives in its parent's memory), so that cancelling
/// the child is enough, and whatever cancels the parent cancels it too.
///
/// Unchecked: `task` is written by the child before it is seen to run, and after it is seen to have ended.
@usableFromInline
package final class CancelScope: @unchecked Sendable {
  // The child's memory ends with its parent's call: it may be cancelled from other threads only
  // while it is known to run. A cancellation under way holds up the child's end.
  //
  //     waiting ──enter──► running ──leave──► ended
  //                        │    ▲
  //                     cancel  │
  //                        ▼    │
  //                      cancelling
  //
  // The lowest bit says that the scope was cancelled, and stays.
  private static let waiting: UInt8 = 0
  private static let cancelling: UInt8 = 0b11
  private static let ended: UInt8 = 0b100
  private static let running: UInt8 = 0b1000
  private static let cancelledBit: UInt8 = 1

  private let state = Atomic<UInt8>(CancelScope.waiting)
  /// The child, while it runs.
  private var task: CancellableTask?

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
        task?.cancel()
        // The task has waited for this.
        return state.store(Self.running | Self.cancelledBit, ordering: .releasing)
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
    let task = CancellableTask()
    self.task = task
    let (isUncancelled, _) = state.compareExchange(
      expected: Self.waiting, desired: Self.running, ordering: .acquiringAndReleasing)
    if isUncancelled { return }
    state.store(Self.running | Self.cancelledBit, ordering: .releasing)
    task.cancel()
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
      if hasLeft { break }
      current = now
    }
    // Its memory is its parent's: nothing may hold on to it.
    task = nil
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
