// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Something that the watchdog's thread does besides looking at the loops.
package protocol WatchdogDuty: AnyObject, Sendable {
  /// Does what is due; returns the time until the next look in nanoseconds, nil while nothing is to be expected.
  func look() -> Int64?

  /// Whether to look now and then though nothing is to be expected.
  var wantsRounds: Bool { get }
}
