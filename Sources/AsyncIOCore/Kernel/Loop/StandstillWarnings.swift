// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// When a loop says that it has nothing to do: after five seconds, and again each minute.
struct StandstillWarnings {
  private static let patience: Int64 = 5_000_000_000
  private static let repetition: Int64 = 60_000_000_000

  private(set) var next: Int64

  init(since start: Int64) { next = start.addingSaturating(Self.patience) }

  /// Whether to say so now; then the next time is further away.
  mutating func isDue(at now: Int64) -> Bool {
    guard now >= next else { return false }
    next = now.addingSaturating(Self.repetition)
    return true
  }
}
