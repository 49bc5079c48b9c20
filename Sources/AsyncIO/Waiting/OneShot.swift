// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The end of one wait, decided once: for waits that stand in no line, a timer's or a descriptor's.
///
///     empty ──park──► parked ──decide──► decided: the decider resumes the task
///       └────decide────► decided ──park──► the task, not yet suspended, goes on at once
///
/// Lock-free: one atomic word decides the race between the event, the cancellation and the
/// suspension, from any thread.
struct OneShot: ~Copyable {
  /// How the wait ended.
  ///
  /// Raw values continue the phases `empty` (0) and `parked` (1).
  enum Signal: UInt8, Sendable {
    case granted = 2
    case cancelled = 3
    /// The loop ended.
    case ended = 4
    /// The descriptor was closed.
    case closed = 5
  }

  private static let empty: UInt8 = 0
  private static let parked: UInt8 = 1

  private let phase = Atomic<UInt8>(OneShot.empty)
  // Written before the phase becomes `parked`, read by the one decider that sees it so.
  private var continuation: UnsafeContinuation<Signal, Never>?

  var isDecided: Bool { phase.load(ordering: .acquiring) > Self.parked }

  /// Leaves the suspended task here, or resumes it at once when the end was decided already.
  mutating func park(_ continuation: UnsafeContinuation<Signal, Never>) {
    self.continuation = continuation
    let (parked, current) = phase.compareExchange(
      expected: Self.empty, desired: Self.parked, ordering: .acquiringAndReleasing)
    if parked { return }
    continuation.resume(returning: Signal(rawValue: current) ?? .cancelled)
  }

  /// Ends the wait; false when it had ended before.
  @discardableResult
  borrowing func decide(_ signal: Signal) -> Bool {
    var current = phase.load(ordering: .acquiring)
    while current <= Self.parked {
      let (decided, now) = phase.compareExchange(
        expected: current, desired: signal.rawValue, ordering: .acquiringAndReleasing)
      if decided {
        if current == Self.parked { continuation?.resume(returning: signal) }
        return true
      }
      current = now
    }
    return false
  }
}
