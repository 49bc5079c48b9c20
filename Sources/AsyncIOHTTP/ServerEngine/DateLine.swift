// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import Glibc
internal import HTTPCore

/// The Date field of responses, which is made once a second.
enum DateLine {
  private static let made = Guarded<(second: Int, line: [UInt8])>((-1, []))

  /// The line with its end.
  static var current: [UInt8] {
    var now = timespec()
    // Without a system call, and exact enough for seconds.
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    let second = now.tv_sec
    return made.withLock { made in
      if made.second != second {
        made = (second, Array("Date: \(HTTPDate.text(Int64(second)))\r\n".utf8))
      }
      return made.line
    }
  }

  /// The value of the field.
  static var text: String { String(decoding: current.dropFirst(6).dropLast(2), as: UTF8.self) }
}
