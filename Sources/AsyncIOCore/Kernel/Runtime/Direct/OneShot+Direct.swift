// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  extension OneShot {
    /// Suspends the running task until the wait is decided; `onCancel` runs when the task is cancelled, at once if it was
    /// before.
    ///
    /// `once` has to stay where it is until then.
    @inline(__always)
    static func suspend(until once: UnsafePointer<OneShot>, onCancel: @Sendable () -> Void) async {
      // The two halves of `withTaskCancellationHandler`, which itself costs more than the suspension it is for. The
      // record lies on the task's stack, so the calls come in pairs, in one function, and nest.
      let record = addCancellationHandler(onCancel)
      if !once.pointee.isDecided { await suspend(until: once) }
      removeCancellationHandler(record)
    }

    /// Suspends the running task until the wait is decided, whatever happens to the task.
    @inline(__always)
    static func suspend(until once: UnsafePointer<OneShot>) async {
      if let loop = EventLoop.current {
        await loop.turnstile.suspend(until: once)
      } else {
        await withUnsafeContinuation { once.pointee.park(SuspendedTask($0)) }
      }
      // Whatever the decider wrote before is seen from here on, however the task was resumed.
      _ = once.pointee.isDecided
    }
  }

  @_silgen_name("asyncio_add_cancellation_handler")
  private func addCancellationHandler(_ handler: @Sendable () -> Void) -> UnsafeRawPointer

  @_silgen_name("asyncio_remove_cancellation_handler")
  private func removeCancellationHandler(_ record: UnsafeRawPointer)
#endif
