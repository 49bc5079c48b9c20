// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The task that runs on this thread.
@usableFromInline
enum RunningTask {
  /// As `Task.isCancelled`, which takes four times as long: every wait asks this.
  @usableFromInline static var isCancelled: Bool { taskIsCancelled() }

  /// As `Task.checkCancellation()`.
  @inlinable
  static func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}

@_silgen_name("asyncio_task_is_cancelled")
private func taskIsCancelled() -> Bool
