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
package struct OneShot: ~Copyable {
  /// How the wait ended.
  @usableFromInline
  package enum Signal: UInt8, Sendable {
    case granted = 1
    case cancelled = 2
    /// The loop ended.
    case ended = 3
    /// The descriptor was closed.
    case closed = 4
  }

  private static let empty: UInt = 0
  /// No task is at so low an address.
  private static let lowestTask: UInt = 16

  /// Nothing yet, the signal, or the task that waits for it: one word for all.
  private let state = Atomic<UInt>(OneShot.empty)
  // Written before the task is, and read by the one decider that takes that out.
  private let home = Atomic<UInt>(0)

  @usableFromInline
  package init() {}

  /// Where this is: it stays there, as atomics do, for as long as it lives.
  package var address: UnsafePointer<OneShot> { withUnsafePointer(to: self) { $0 } }

  /// Makes it fit for another wait, when the last one is over and it can no longer be decided.
  package borrowing func reset() { state.store(Self.empty, ordering: .relaxed) }

  package var isDecided: Bool { Self.isDecided(state.load(ordering: .acquiring)) }

  /// How the wait ended, once it has.
  package var signal: Signal? {
    // In line, it would be the straw that keeps whole waits from being put in line.
    @inline(never) get {
      let state = state.load(ordering: .acquiring)
      return Self.isDecided(state) ? Signal(rawValue: UInt8(state)) : nil
    }
  }

  private static func isDecided(_ state: UInt) -> Bool { state != empty && state < lowestTask }

  /// Leaves the suspended task here, or resumes it at once when the end was decided already.
  borrowing func park(_ suspended: SuspendedTask) {
    home.store(suspended.home, ordering: .relaxed)
    let (parked, _) = state.compareExchange(
      expected: Self.empty, desired: suspended.task, ordering: .acquiringAndReleasing)
    if !parked { suspended.resume() }
  }

  /// Ends the wait; false when it had ended before.
  ///
  /// The task may go on at once, on another thread, and take this with it: nothing here is touched
  /// afterwards.
  @discardableResult
  package borrowing func decide(_ signal: Signal) -> Bool {
    var current = state.load(ordering: .acquiring)
    while !Self.isDecided(current) {
      // Read before the exchange, after which it may be gone; meaningful if a task is parked.
      let home = home.load(ordering: .relaxed)
      let (decided, now) = state.compareExchange(
        expected: current, desired: UInt(signal.rawValue), ordering: .acquiringAndReleasing)
      if decided {
        if current != Self.empty { SuspendedTask(task: current, home: home).resume() }
        return true
      }
      current = now
    }
    return false
  }
}
