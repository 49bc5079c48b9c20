// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// The task that makes it, for others to cancel or to ask whether it is cancelled, while it lives.
  ///
  /// Unchecked: of what `UnsafeCurrentTask` offers, other threads may use what `Task` offers, too.
  package struct CancellableTask: @unchecked Sendable {
    private let task: UnsafeCurrentTask?

    package init() { task = withUnsafeCurrentTask { $0 } }

    package var isCancelled: Bool { task?.isCancelled ?? false }

    package func cancel() { task?.cancel() }
  }
#endif
