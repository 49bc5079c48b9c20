// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// When a loop that has nothing to do looks whether another thread could still act: at most once a second, and ever more
/// rarely as long as there are such threads.
struct StuckWatch {
  private static let shortestPause: Int64 = 1_000_000_000
  private static let longestPause: Int64 = 64_000_000_000

  private(set) var nextLook: Int64 = 0
  private var pause = shortestPause

  /// Whether to look now; then the next look is further away.
  mutating func takesLook(at now: Int64) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now.addingSaturating(pause)
    pause = min(pause * 2, Self.longestPause)
    return true
  }
}
