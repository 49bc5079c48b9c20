// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  extension OneShot {
    /// Suspends the running task until the wait is decided; `onCancel` runs when the task is cancelled, at once if it was
    /// before.
    ///
    /// `once` has to stay where it is until then.
    static func suspend(until once: UnsafePointer<OneShot>, onCancel: @Sendable () -> Void) async {
      let place = UncheckedSendable(once)
      await withTaskCancellationHandler {
        await suspend(until: place.value)
      } onCancel: {
        onCancel()
      }
    }

    /// Suspends the running task until the wait is decided, whatever happens to the task.
    static func suspend(until once: UnsafePointer<OneShot>) async {
      if !once.pointee.isDecided {
        await withUnsafeContinuation { once.pointee.park(SuspendedTask($0)) }
      }
      // Whatever the decider wrote before is seen from here on, however the task was resumed.
      _ = once.pointee.isDecided
    }
  }
#endif
