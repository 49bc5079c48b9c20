// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore

/// The date of the common log format, in universal time.
enum CommonLogDate {
  /// `30/Nov/2026:12:00:00 +0000`.
  static func text(_ seconds: Int64) -> String {
    // "Mon, 30 Nov 2026 12:00:00 GMT"
    let parts = HTTPDate.text(seconds).split(separator: " ")
    return "\(parts[1])/\(parts[2])/\(parts[3]):\(parts[4]) +0000"
  }
}
