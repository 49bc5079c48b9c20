// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  internal import CAsyncIO

  extension RunningTask {
    /// Counts an operation that may wait; true when `pause` has to be called before it begins.
    @usableFromInline static var mustPause: Bool { asyncio_spend_operation() || isCancelled }

    /// As `Task.isCancelled`.
    @usableFromInline package static var isCancelled: Bool { Task.isCancelled }
  }
#endif
