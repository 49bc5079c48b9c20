// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  extension RunningTask {
    /// Counts an operation that may wait; true when `pause` has to be called before it begins.
    @usableFromInline static var mustPause: Bool { taskMustPause() }

    /// As `Task.isCancelled`, which takes four times as long: every wait asks this.
    @usableFromInline package static var isCancelled: Bool { taskIsCancelled() }
  }

  @_silgen_name("asyncio_task_must_pause")
  private func taskMustPause() -> Bool

  @_silgen_name("asyncio_task_is_cancelled")
  private func taskIsCancelled() -> Bool
#endif
