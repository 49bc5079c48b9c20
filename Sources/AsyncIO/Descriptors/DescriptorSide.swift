// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
internal import Synchronization

/// One direction of a descriptor: what is known of it, and the task that waits for it.
///
/// One task at a time waits, and the owner of the descriptor sees to that; so the one wait is kept here.
/// The thread that takes the note of a waiting task out of the word decides its wait, and no other does: so a wait is decided
/// once, and no code is left that could decide the next.
struct DescriptorSide: ~Copyable {
  /// The wait that is under way, if there is one.
  private let once = OneShot()
  private let word: Atomic<UInt64>
  private let turns = Atomic<UInt8>(0)

  /// How many calls in a row may succeed at once before others get a turn.
  private static let turnLimit: UInt8 = 64

  init(isReady: Bool) { word = Atomic(ReadinessWord(isReady: isReady).rawValue) }

  @inline(__always)
  var snapshot: ReadinessWord { ReadinessWord(rawValue: word.load(ordering: .acquiring)) }

  /// Makes a change that is worked out anew when another thread was faster.
  @inline(__always)
  private func update<Result>(_ change: (inout ReadinessWord) -> Result) -> Result {
    var current = word.load(ordering: .acquiring)
    while true {
      var desired = ReadinessWord(rawValue: current)
      let result = change(&desired)
      if desired.rawValue == current { return result }
      let (isDone, now) = word.compareExchange(
        expected: current, desired: desired.rawValue, ordering: .acquiringAndReleasing)
      if isDone { return result }
      current = now
    }
  }

  // MARK: What is known

  /// Records a report, and ends the wait of the task that waits for it; false when there is none.
  ///
  /// - Parameter beforeGrant: Runs while the task is still suspended and no other code can resume it.
  @inline(__always)
  func report(isFinal: Bool, beforeGrant: () -> Void) {
    guard update({ $0.recordReport(isFinal: isFinal) }) else { return }
    beforeGrant()
    once.decide(.granted)
  }

  /// Notes that something may succeed, though the source has not reported it.
  func markReady() { _ = update { $0.recordReport(isFinal: false) } }

  /// A call would have blocked: not ready, unless there was a report since `seen`.
  @inline(__always)
  func clearReadiness(ifUnchangedSince seen: ReadinessWord) {
    turns.store(0, ordering: .relaxed)
    var cleared = seen
    cleared.clearReadiness(ifUnchangedSince: seen)
    _ = word.compareExchange(
      expected: seen.rawValue, desired: cleared.rawValue, ordering: .acquiringAndReleasing)
  }

  /// The descriptor has ended: the waiting task is told, and any that begins to wait.
  ///
  /// True when a task waited.
  func end(_ signal: OneShot.Signal) -> Bool {
    guard update({ $0.end(signal) }) else { return false }
    once.decide(signal)
    return true
  }

  /// The source has answered what it was asked for; true when it is to be asked again.
  func recordAnswer() -> Bool { update { $0.recordAnswer() } }

  // MARK: Waiting

  /// Begins a wait, unless there is no need to.
  @inline(never)
  func beginWait() -> ReadinessWord.Beginning { update { $0.beginWait() } }

  /// Where the task waits that has begun to.
  @inline(__always)
  var wait: UnsafePointer<OneShot> { once.address }

  /// Takes it on to end the wait that is under way, by `grant`; false when there is none.
  @inline(__always)
  func claimWait() -> Bool { update { $0.claimWait() } }

  /// Ends the wait that was claimed.
  func grant() { once.decide(.granted) }

  /// Ends the wait that is under way, from any thread; false when there is none, or it is being ended.
  func cancelWait() -> Bool {
    guard claimWait() else { return false }
    once.decide(.cancelled)
    return true
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
