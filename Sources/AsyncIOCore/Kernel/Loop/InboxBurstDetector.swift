// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Whether other threads send a loop one thing after the other, so that it had better take several at once.
///
/// To look into the inbox takes its memory from the sender's processor, which then has to fetch it back: a loop
/// that looks out for mail and takes each item by itself halves the speed of both. So now and then it waits a
/// moment longer than it would have to; when that brought several items it goes on so, else it lets it be for a
/// longer while. What network cards do with interrupts.
struct InboxBurstDetector {
  /// Mail that came in one moment, of which it can be said that the moment was worth it.
  private static let worthwhile = 4
  private static let minSkips = 64
  private static let maxSkips = 8192

  private var isTrying = false
  private var skips = minSkips
  private var skipsLeft = minSkips

  /// Whether to wait a moment more, now that mail has come.
  mutating func wantsMore() -> Bool {
    skipsLeft -= 1
    isTrying = skipsLeft < 0
    return isTrying
  }

  /// So much came.
  mutating func note(_ count: Int) {
    guard isTrying else { return }
    isTrying = false
    if count >= Self.worthwhile {
      skips = Self.minSkips
      skipsLeft = 0
    } else {
      skips = min(skips * 2, Self.maxSkips)
      skipsLeft = skips
    }
  }
}
