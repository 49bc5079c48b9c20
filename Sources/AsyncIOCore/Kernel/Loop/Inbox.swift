// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule
internal import Synchronization

/// What other threads hand to a loop, with one wake-up for many entries.
///
/// The loop announces that it goes to sleep before it looks into the inbox for the last time; a
/// sender looks for that announcement after it has put its entry in. Whatever the interleaving, one
/// of the two sees the other, so no wake-up is lost; and the one that takes the announcement back is the
/// only one to make the system call.
package final class Inbox: Sendable {
  private let mail = Guarded<Deque<InboxItem>>([])
  private let hasEntries = Atomic<Bool>(false)
  private let isAsleep = Atomic<Bool>(false)
  /// The loop's next sleep has no end but mail.
  let sleepsForGood = Atomic<Bool>(false)

  /// Adds something; true when the loop has to be woken by the caller.
  func post(_ item: consuming InboxItem) -> Bool {
    mail.appendUnderBusyLock(item)
    // If the loop has not looked since something else came, it does not sleep before it has; and its cache
    // keeps the word.
    if hasEntries.load(ordering: .sequentiallyConsistent) { return false }
    hasEntries.store(true, ordering: .sequentiallyConsistent)
    return claimWakeup()
  }

  /// True for one caller per sleep.
  func claimWakeup() -> Bool {
    guard isAsleep.load(ordering: .sequentiallyConsistent) else { return false }
    return isAsleep.exchange(false, ordering: .sequentiallyConsistent)
  }

  @inline(__always)
  var isEmpty: Bool { !hasEntries.load(ordering: .acquiring) }

  /// Hands everything over, in the order it came, for an empty queue, whose memory is used from now on.
  func exchange(_ other: inout Deque<InboxItem>) {
    hasEntries.store(false, ordering: .sequentiallyConsistent)
    mail.withBusyLock { swap(&$0, &other) }
  }

  /// Takes everything, in the order it came.
  func takeAll() -> [InboxItem] {
    var mail: Deque<InboxItem> = []
    exchange(&mail)
    var all: [InboxItem] = []
    while let item = mail.popFirst() { all.append(item) }
    return all
  }

  /// Announces a sleep; false when there is something to do after all.
  func beginSleep() -> Bool {
    isAsleep.store(true, ordering: .sequentiallyConsistent)
    guard hasEntries.load(ordering: .sequentiallyConsistent) else { return true }
    isAsleep.store(false, ordering: .sequentiallyConsistent)
    return false
  }

  func endSleep() { isAsleep.store(false, ordering: .sequentiallyConsistent) }

  /// Whether the loop sleeps, or is about to: for the watchdog.
  package var loopSleeps: Bool { isAsleep.load(ordering: .relaxed) }

  /// Whether the loop sleeps and only mail can wake it.
  var isIdleForGood: Bool { sleepsForGood.load(ordering: .acquiring) && loopSleeps && isEmpty }
}

extension ReadyEntry: @unchecked Sendable {}  // A reference handed from one thread to another.
