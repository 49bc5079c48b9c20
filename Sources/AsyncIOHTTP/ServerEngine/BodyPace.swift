// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// How long the next piece of a body may take: a client may be slow, but not for ever.
///
/// What the handler does between two reads is not the client's time.
struct BodyPace {
  private var waited = Duration.zero
  private(set) var received = 0

  /// As slow as this, on the whole, once the first half minute is over.
  private static let slowest = 500
  private static let start = Duration.seconds(30)

  /// - Parameter limit: What a single piece may take.
  func time(for limit: Duration) -> Duration {
    let left = Self.start + .seconds(received / Self.slowest) - waited
    return max(.zero, min(limit, left))
  }

  /// A piece has come, or the client was waited for in vain.
  mutating func note(_ count: Int, after time: Duration) {
    waited += time
    received += count
  }
}
