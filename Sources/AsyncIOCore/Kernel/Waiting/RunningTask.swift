// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO

/// The task that runs on this thread.
@usableFromInline
package enum RunningTask {
  // MARK: Turns

  /// How many operations that find what they want ready a step may do before it goes to the end of the ready queue, as
  /// a task does that waits.
  ///
  /// Otherwise a task that never has to wait would keep every other one, and its own timeout, from
  /// running.
  static let operationsPerStep: Int32 = 128

  /// Counts an operation that may wait; true when `pause` has to be called before it begins.
  @usableFromInline static var mustPause: Bool { taskMustPause() }

  /// Throws when the task is cancelled; lets all others that are ready run once when it has done enough.
  @usableFromInline
  static func pause() async throws(CancellationError) {
    // Also when it is cancelled: a task that does not care would keep all others from running.
    if asyncio_operation_budget_is_spent() {
      if let turnstile = Turnstile.current {
        await turnstile.suspend()
      } else {
        // Off loops the system takes care of turns: not to be asked again on this thread.
        asyncio_set_operation_budget(.max)
      }
    }
    if isCancelled { throw CancellationError() }
  }

  // MARK: Cancellation

  /// As `Task.isCancelled`, which takes four times as long: every wait asks this.
  @usableFromInline package static var isCancelled: Bool { taskIsCancelled() }

  /// As `Task.checkCancellation()`.
  @inlinable
  package static func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}

extension RunningTask {
  /// A task, which is not retained: for as long as it is known to be suspended.
  struct Reference: Sendable {
    fileprivate let address: UInt

    var isCancelled: Bool { isTaskCancelled(UnsafeRawPointer(bitPattern: address)) }
  }

  static var reference: Reference { Reference(address: UInt(bitPattern: currentTask())) }
}

@_silgen_name("asyncio_task_current")
private func currentTask() -> UnsafeRawPointer?

@_silgen_name("asyncio_is_cancelled")
private func isTaskCancelled(_ task: UnsafeRawPointer?) -> Bool

@_silgen_name("asyncio_task_must_pause")
private func taskMustPause() -> Bool

@_silgen_name("asyncio_task_is_cancelled")
private func taskIsCancelled() -> Bool
