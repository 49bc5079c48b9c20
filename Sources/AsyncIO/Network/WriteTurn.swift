// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Which task may write to a stream, which wait for it, and how writing ends.
///
/// The usual case, one writer of an open stream, takes one atomic operation to begin and one to end. The word
/// has more than the bit of the turn set as soon as a task may wait in line, or nothing can be written any
/// more: then the lock decides.
///
/// Invariant: a task is in line only while another writes.
struct WriteTurn: ~Copyable {
  enum End {
    case open
    case finished
    case closed
    case broken(any Error)
  }

  private struct State {
    var end = End.open
    var line = WaitQueue<Void, Void, Parked<Void>>()
  }

  private let word = Atomic<UInt8>(0)
  private let state = Guarded(State())

  private static let taken: UInt8 = 1
  private static let special: UInt8 = 2

  var end: End { state.withLock { $0.end } }

  /// Takes the turn if the stream is open and no task writes.
  @inline(__always)
  func take() -> Bool {
    word.compareExchange(expected: 0, desired: Self.taken, ordering: .acquiring).exchanged
  }

  /// Hands the turn to the first in line.
  @inline(__always)
  func give() {
    let (isDone, _) = word.compareExchange(
      expected: Self.taken, desired: 0, ordering: .releasing)
    if !isDone { hand() }
  }

  private func hand() {
    let next = state.withLock { state -> Wakeup<Void, Parked<Void>>? in
      // A task that has not suspended yet finds that it is its turn.
      if !state.line.isEmpty { return state.line.grantFirst(()) }
      if case .open = state.end {
        word.store(0, ordering: .releasing)
      } else {
        word.store(Self.special, ordering: .releasing)
      }
      return nil
    }
    next?.deliver()
  }

  /// Waits until no other task writes; false when the task was cancelled before.
  func wait() async -> Bool {
    let outcome = await park(.writable) { waiter in
      state.withLock { state in
        let (before, _) = word.bitwiseOr(
          Self.taken | Self.special, ordering: .acquiringAndReleasing)
        // From now on the task that has the turn gives it back under the lock.
        return before & Self.taken == 0 ? nil : state.line.enter((), waiter)
      }
    } cancel: { ticket in
      state.withLock { $0.line.cancel(ticket) }
    }
    if case .cancelled = outcome { return false }
    return true
  }

  /// Nothing can be written any more; a task that waits in line finds out when it is its turn.
  func finish(_ end: End) {
    state.withLock { state in
      switch end {
      case .closed: state.end = end
      case .open, .finished, .broken: if case .open = state.end { state.end = end }
      }
      word.bitwiseOr(Self.special, ordering: .acquiringAndReleasing)
    }
  }
}
