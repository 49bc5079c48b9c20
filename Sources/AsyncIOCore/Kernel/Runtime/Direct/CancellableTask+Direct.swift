// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  /// The task that makes it, for others to cancel or to ask whether it is cancelled, while it lives.
  package struct CancellableTask: Sendable {
    private let address: UInt

    package init() { address = UInt(bitPattern: currentTask()) }

    package var isCancelled: Bool { isTaskCancelled(UnsafeRawPointer(bitPattern: address)) }

    package func cancel() { unsafeBitCast(address, to: UnsafeCurrentTask?.self)?.cancel() }
  }

  @_silgen_name("asyncio_task_current")
  private func currentTask() -> UnsafeRawPointer?

  @_silgen_name("asyncio_is_cancelled")
  private func isTaskCancelled(_ task: UnsafeRawPointer?) -> Bool
#endif
