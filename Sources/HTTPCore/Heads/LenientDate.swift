// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Dates as servers write them, RFC 6265 section 5.1.1: any text with a time, a day, a month and a year in it.
package enum LenientDate {
  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// The seconds since 1970; nil for what is no date.
  package static func seconds(_ text: String) -> Int64? {
    var time: (Int, Int, Int)?
    var (day, month, year): (Int?, Int?, Int?)
    for token in tokens(text) {
      if time == nil, let found = Self.time(token) {
        time = found
      } else if day == nil, let number = number(token, 1...2) {
        day = number
      } else if month == nil, let index = months.firstIndex(where: token.lowercased().hasPrefix) {
        month = index + 1
      } else if year == nil, let number = number(token, 2...4) {
        year = number
      }
    }
    guard let (hour, minute, second) = time, let day, let month, var year else { return nil }
    if 70...99 ~= year { year += 1_900 } else if 0...69 ~= year { year += 2_000 }
    guard 1...31 ~= day, year >= 1_601, hour < 24, minute < 60, second < 60 else { return nil }
    return days(year, month, day) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
  }

  private static func tokens(_ text: String) -> [String] {
    text.utf8.split { byte in
      byte == 0x09 || 0x20...0x2F ~= byte || 0x3B...0x40 ~= byte || 0x5B...0x60 ~= byte
        || 0x7B...0x7E ~= byte
    }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func time(_ token: String) -> (Int, Int, Int)? {
    let parts = token.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = number(String(parts[0]), 1...2),
      let minute = number(String(parts[1]), 1...2), let second = number(String(parts[2]), 1...2)
    else { return nil }
    return (hour, minute, second)
  }

  /// The number that a token begins with, of so many digits.
  private static func number(_ token: String, _ digits: ClosedRange<Int>) -> Int? {
    let prefix = token.prefix { $0.isASCII && $0.isNumber }
    guard digits.contains(prefix.count) else { return nil }
    return Int(prefix)
  }

  /// The days from 1970 to a day of the Gregorian calendar; March begins the year, so that the day that years may lack is the last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }
}
