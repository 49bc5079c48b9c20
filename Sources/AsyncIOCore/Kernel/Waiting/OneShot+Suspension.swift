// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension OneShot {
  /// Suspends the running task until the wait is decided.
  ///
  /// `once` has to stay where it is until then.
  @inline(__always)
  static func suspend(until once: UnsafePointer<OneShot>) async {
    if let loop = EventLoop.current {
      loop.suspending = once
      await loop.turnstile.suspend()
    } else {
      await withUnsafeContinuation { once.pointee.park(SuspendedTask($0)) }
    }
    // Whatever the decider wrote before is seen from here on, however the task was resumed.
    _ = once.pointee.isDecided
  }
}
