// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
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

  /// `Retry-After` in seconds or as a date, RFC 9110 section 10.2.3.
  static func retryAfter(_ headers: HTTPFields, now: Date = Date()) -> Duration? {
    guard let text = headers[.retryAfter] else { return nil }
    if let seconds = Int64(text) { return .seconds(min(max(0, seconds), 86_400)) }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = formatter.date(from: text) else { return nil }
    return .seconds(min(max(0, date.timeIntervalSince(now)), 86_400))
  }
}
