// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc
import HTTPTypes

/// How long to wait before another attempt.
struct Backoff {
  private var ceiling = Duration.milliseconds(250)
  private static let longest = Duration.seconds(30)
  /// A server that asks for more is not waited for.
  static let longestRetryAfter = Duration.seconds(300)

  /// A random time up to a bound that doubles: those that failed together do not come back together.
  mutating func next() -> Duration {
    defer { ceiling = min(ceiling * 2, Self.longest) }
    return ceiling * Double.random(in: 0.5...1)
  }
}
