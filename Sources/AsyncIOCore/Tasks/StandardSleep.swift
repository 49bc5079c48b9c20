// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import StandardTask

// The standard library never takes back the timer of a sleep that was cancelled: it stays, with its memory, until its time
// has come, and looks like something that could still wake the loop. So on a loop these stand in front of its own.

extension Task where Success == Never, Failure == Never {
  /// Suspends the task for `duration`.
  ///
  /// Stands in front of the standard library's function, which it is off loops; on a loop it is ``sleep(for:)``, whose
  /// timer is gone as soon as the task is cancelled. There `tolerance` is not used.
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled, also when it was before.
  ///
  /// - Throws: `CancellationError`.
  public static func sleep(for duration: Duration, tolerance: Duration? = nil) async throws {
    guard let loop = EventLoop.ambientIfAny, !loop.isEnded else {
      return try await standardSleep(for: duration, tolerance: tolerance)
    }
    let deadline = loop.currentTime().addingSaturating(duration.nanoseconds)
    do {
      try await AsyncIOCore.sleep(for: duration)
    } catch {
      // Its loop has ended, and it was not cancelled: it sleeps on.
      guard loop.isEnded, !RunningTask.isCancelled else { throw error }
      let left = deadline.subtractingSaturating(loop.currentTime())
      try await standardSleep(for: .nanoseconds(max(0, left)), tolerance: tolerance)
    }
  }

  /// Suspends the task for so many nanoseconds.
  ///
  /// As ``sleep(for:tolerance:)``.
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled, also when it was before.
  ///
  /// - Throws: `CancellationError`.
  public static func sleep(nanoseconds duration: UInt64) async throws {
    try await sleep(for: .nanoseconds(Int64(clamping: duration)), tolerance: nil)
  }

  /// Suspends the task until a time of the system's clock.
  ///
  /// As ``sleep(for:tolerance:)``.
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled, also when it was before.
  ///
  /// - Throws: `CancellationError`.
  public static func sleep(
    until deadline: ContinuousClock.Instant, tolerance: Duration? = nil
  ) async throws {
    try await sleep(for: ContinuousClock.now.duration(to: deadline), tolerance: tolerance)
  }
}

// The C library's sleep(3) stops the whole loop. In async code these are chosen in its place, since they may suspend: so a
// call without `await` does not compile, and says why.

/// In async code, `sleep(1)` would block the thread, and all other tasks with it: use ``sleep(for:)``.
///
/// **Cancellation.** As ``sleep(for:)``; returns at once.
@available(*, deprecated, message: "it blocks the loop: try await sleep(for: .seconds(1))")
@discardableResult
public func sleep(_ seconds: Int) async -> UInt32 {
  try? await sleep(for: .seconds(seconds))
  return 0
}

/// In async code, `sleep(1)` would block the thread, and all other tasks with it: use ``sleep(for:)``.
///
/// **Cancellation.** As ``sleep(for:)``; returns at once.
@available(*, deprecated, message: "it blocks the loop: try await sleep(for: .seconds(1))")
@discardableResult
public func sleep(_ seconds: UInt32) async -> UInt32 { await sleep(Int(seconds)) }
