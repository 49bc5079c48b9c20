// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// What a loop does with the signals that have come, for as long as a task listens for signals on it.
///
/// May be used from any thread, but `run`, which is for the loop's.
package final class SignalDispatch: Sendable {
  private let listeners = Atomic<Int>(0)
  private let action = Guarded<(@Sendable () -> Void)?>(nil)

  /// Whether a task listens: a plain load, made at each turn.
  @inline(__always)
  var isWanted: Bool { listeners.load(ordering: .relaxed) > 0 }

  /// One more listener; true for the first.
  package func addListener(_ action: @escaping @Sendable () -> Void) -> Bool {
    self.action.withLock { $0 = action }
    return listeners.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue == 0
  }

  /// One listener less; true for the last.
  package func removeListener() -> Bool {
    listeners.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  func run() { action.withLock { $0 }?() }
}
