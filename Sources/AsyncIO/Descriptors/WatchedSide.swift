// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// One direction of a watched descriptor: what is known of it, and the task that waits for it.
///
/// One word: how often the kernel has reported, and in the low bits whether a call is worth trying, whether
/// the end has been reported, whether a task waits, how the descriptor itself has ended, and whether a ring
/// has been asked for what the task waits for.
///
/// One task at a time waits, and the owner of the descriptor sees to that; so the one wait is kept here.
/// The thread that clears the bit of the waiting task decides its wait, and no other does: so a wait is decided once,
/// and no code is left that could decide the next.
struct WatchedSide: ~Copyable {
  enum Place {
    /// The ring is to be asked, if that has not been done.
    case taken(isAsked: Bool)
    case ready, busy
    case over(OneShot.Signal)
  }

  /// The wait that is under way, if there is one.
  private let once = OneShot()
  private let state: Atomic<UInt64>
  private let turns = Atomic<UInt8>(0)

  private static let readyBit: UInt64 = 1
  private static let finalBit: UInt64 = 2
  private static let waitingBit: UInt64 = 4
  private static let closedBit: UInt64 = 8
  private static let endedBit: UInt64 = 16
  private static let askedBit: UInt64 = 32
  private static let oneReport: UInt64 = 64
  /// How many calls in a row may succeed at once before others get a turn.
  private static let turnLimit: UInt8 = 64

  init(isReady: Bool) { state = Atomic(isReady ? Self.readyBit : 0) }

  @inline(__always)
  static func isReady(_ snapshot: UInt64) -> Bool { snapshot & readyBit != 0 }

  @inline(__always)
  static func isFinal(_ snapshot: UInt64) -> Bool { snapshot & finalBit != 0 }

  @inline(__always)
  var snapshot: UInt64 { state.load(ordering: .acquiring) }

  // MARK: What is known

  /// The kernel reports the direction; on the loop's thread.
  ///
  /// True when a task waits, which the caller then has to grant.
  @inline(__always)
  func note(isFinal: Bool) -> Bool {
    var current = state.load(ordering: .relaxed)
    while true {
      let flags = Self.readyBit | (isFinal ? Self.finalBit : 0)
      let (isDone, now) = state.compareExchange(
        expected: current, desired: ((current &+ Self.oneReport) | flags) & ~Self.waitingBit,
        ordering: .acquiringAndReleasing)
      if isDone { return current & Self.waitingBit != 0 }
      current = now
    }
  }

  /// Ends the wait of a task that was reported to wait.
  func grant() { once.decide(.granted) }

  /// A call would have blocked: not ready, unless there was a report since `seen`.
  @inline(__always)
  func clearReadiness(_ seen: UInt64) {
    turns.store(0, ordering: .relaxed)
    _ = state.compareExchange(
      expected: seen, desired: seen & ~Self.readyBit, ordering: .acquiringAndReleasing)
  }

  /// The descriptor has ended: the waiting task is told, and any that begins to wait.
  ///
  /// True when a task waited.
  func end(_ signal: OneShot.Signal) -> Bool {
    let bit = signal == .closed ? Self.closedBit : Self.endedBit
    state.bitwiseOr(bit, ordering: .acquiringAndReleasing)
    return endWaiter(signal)
  }

  // MARK: Waiting

  /// Begins a wait, unless there is no need to, and says that the ring is being asked.
  @inline(__always)
  func beginWait() -> Place {
    var current = state.load(ordering: .acquiring)
    while true {
      if current & (Self.closedBit | Self.endedBit) != 0 {
        return .over(current & Self.closedBit != 0 ? .closed : .ended)
      }
      if current & Self.readyBit != 0 { return .ready }
      if current & Self.waitingBit != 0 { return .busy }
      let (isDone, now) = state.compareExchange(
        expected: current, desired: current | Self.waitingBit | Self.askedBit,
        ordering: .acquiringAndReleasing)
      if isDone { return .taken(isAsked: current & Self.askedBit != 0) }
      current = now
    }
  }

  /// Where the task waits that has taken the place.
  @inline(__always)
  var wait: UnsafePointer<OneShot> { once.address }

  /// Ends the wait that is under way, from any thread; false when there is none, or it is being ended.
  func endWaiter(_ signal: OneShot.Signal) -> Bool {
    guard claimWait() else { return false }
    once.decide(signal)
    return true
  }

  /// Takes it on to end the wait that is under way; false when there is none.
  @inline(__always)
  func claimWait() -> Bool {
    guard snapshot & Self.waitingBit != 0 else { return false }
    let (before, _) = state.bitwiseAnd(~Self.waitingBit, ordering: .acquiringAndReleasing)
    return before & Self.waitingBit != 0
  }

  /// The ring has done what it was asked for; true when a task waits, and it is to be asked again.
  func endAsking() -> Bool {
    var current = state.load(ordering: .acquiring)
    while true {
      if current & Self.waitingBit != 0 { return true }
      let (isDone, now) = state.compareExchange(
        expected: current, desired: current & ~Self.askedBit, ordering: .acquiringAndReleasing)
      if isDone { return false }
      current = now
    }
  }

  /// How the wait has ended; the place is free again.
  @inline(__always)
  func finishWait() -> OneShot.Signal {
    defer { once.reset() }
    return once.signal ?? .cancelled
  }

  // MARK: Turns

  /// Counts a call that is about to be tried; true when it is the last but one before a turn is due.
  func isTimeToYield() -> Bool {
    let count = turns.load(ordering: .relaxed) &+ 1
    if count >= Self.turnLimit { return true }
    turns.store(count, ordering: .relaxed)
    return false
  }

  /// Counts a call that succeeded at once; true when it is time to let others run.
  @inline(__always)
  func countsAsTurn() -> Bool {
    let count = turns.load(ordering: .relaxed) &+ 1
    turns.store(count >= Self.turnLimit ? 0 : count, ordering: .relaxed)
    return count >= Self.turnLimit
  }
}
