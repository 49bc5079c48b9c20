// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO

/// The task that runs on this thread.
@usableFromInline
enum RunningTask {
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
    if isCancelled { throw CancellationError() }
    guard let turnstile = Turnstile.current else {
      // Off loops the system takes care of turns: not to be asked again on this thread.
      return asyncio_set_operation_budget(.max)
    }
    await turnstile.away()
    if isCancelled { throw CancellationError() }
  }

  // MARK: Cancellation

  /// As `Task.isCancelled`, which takes four times as long: every wait asks this.
  @usableFromInline static var isCancelled: Bool { taskIsCancelled() }

  /// As `Task.checkCancellation()`.
  @inlinable
  static func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}

@_silgen_name("asyncio_task_must_pause")
private func taskMustPause() -> Bool

@_silgen_name("asyncio_task_is_cancelled")
private func taskIsCancelled() -> Bool
