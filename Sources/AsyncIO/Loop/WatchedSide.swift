// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// What is known of one direction of a watched descriptor.
///
/// One word: how often the kernel has reported, and in the low bits whether a call is worth trying and
/// whether the end has been reported.
struct WatchedSide: ~Copyable {
  /// The wait that is under way, if there is one.
  let once = OneShot()
  private let state: Atomic<UInt64>
  private let turns = Atomic<UInt8>(0)

  private static let readyBit: UInt64 = 1
  private static let finalBit: UInt64 = 2
  private static let oneReport: UInt64 = 4
  /// How many calls in a row may succeed at once before others get a turn.
  private static let turnLimit: UInt8 = 64

  init(isReady: Bool) { state = Atomic(isReady ? Self.readyBit : 0) }

  @inline(__always)
  static func isReady(_ snapshot: UInt64) -> Bool { snapshot & readyBit != 0 }

  @inline(__always)
  static func isFinal(_ snapshot: UInt64) -> Bool { snapshot & finalBit != 0 }

  @inline(__always)
  var snapshot: UInt64 { state.load(ordering: .acquiring) }

  /// The kernel reports the direction; on the loop's thread.
  func note(isFinal: Bool) {
    var current = state.load(ordering: .relaxed)
    while true {
      let new = (current &+ Self.oneReport) | Self.readyBit | (isFinal ? Self.finalBit : 0)
      let (isDone, now) = state.compareExchange(
        expected: current, desired: new, ordering: .acquiringAndReleasing)
      if isDone { return }
      current = now
    }
  }

  /// A call would have blocked: not ready, unless there was a report since `seen`.
  func forget(_ seen: UInt64) {
    turns.store(0, ordering: .relaxed)
    _ = state.compareExchange(
      expected: seen, desired: seen & ~Self.readyBit, ordering: .acquiringAndReleasing)
  }

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
