// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The end of one wait, decided once.
///
///     empty ──park──► parked ──decide──► decided: the decider resumes the task
///       └────decide────► decided ──park──► the task, not yet suspended, goes on at once
///
/// Lock-free: one atomic word decides the race between the event, the cancellation and the
/// suspension, from any thread.
@usableFromInline
struct OneShot: ~Copyable {
  /// How the wait ended.
  ///
  /// Raw values continue the phases `empty` (0) and `parked` (1).
  @usableFromInline
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

  // The task, written before the phase becomes `parked`, read by the one decider that sees it so.
  private let task = Atomic<UInt>(0)
  private let home = Atomic<UInt>(0)
  // Last, so that what follows a wait in memory packs behind it.
  private let phase = Atomic<UInt8>(OneShot.empty)

  @usableFromInline
  init() {}

  /// Where this is: it stays there, as atomics do, for as long as it lives.
  var address: UnsafePointer<OneShot> { withUnsafePointer(to: self) { $0 } }

  /// Makes it fit for another wait, when the last one is over and nobody can decide it any more.
  borrowing func reset() { phase.store(Self.empty, ordering: .relaxed) }

  var isDecided: Bool { phase.load(ordering: .acquiring) > Self.parked }

  /// How the wait ended, once it has.
  var signal: Signal? { Signal(rawValue: phase.load(ordering: .acquiring)) }

  /// Leaves the suspended task here, or resumes it at once when the end was decided already.
  borrowing func park(_ suspended: SuspendedTask) {
    task.store(suspended.task, ordering: .relaxed)
    home.store(suspended.home, ordering: .relaxed)
    let (parked, _) = phase.compareExchange(
      expected: Self.empty, desired: Self.parked, ordering: .acquiringAndReleasing)
    if !parked { suspended.resume() }
  }

  /// Ends the wait; false when it had ended before.
  ///
  /// The task may go on at once, on another thread, and take this with it: nothing here is touched
  /// afterwards.
  @discardableResult
  borrowing func decide(_ signal: Signal) -> Bool {
    var current = phase.load(ordering: .acquiring)
    while current <= Self.parked {
      // Read before the exchange, after which it may be gone; meaningful if the task was parked.
      let suspended = SuspendedTask(
        task: task.load(ordering: .relaxed), home: home.load(ordering: .relaxed))
      let (decided, now) = phase.compareExchange(
        expected: current, desired: signal.rawValue, ordering: .acquiringAndReleasing)
      if decided {
        if current == Self.parked { suspended.resume() }
        return true
      }
      current = now
    }
    return false
  }
}
