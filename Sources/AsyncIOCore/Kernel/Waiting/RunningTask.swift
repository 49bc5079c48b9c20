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

  /// As `Task.checkCancellation()`.
  @inlinable
  package static func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}
