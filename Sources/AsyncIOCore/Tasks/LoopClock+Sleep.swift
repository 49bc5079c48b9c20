// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension LoopClock: Clock {
  /// Suspends until `deadline`; `tolerance` is not used.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try await AsyncIOCore.sleep(until: deadline)
  }
}

extension Clock where Self == LoopClock {
  /// The clock of the current event loop.
  public static var loop: LoopClock { LoopClock() }
}
