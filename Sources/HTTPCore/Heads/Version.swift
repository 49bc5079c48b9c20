// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// `HTTP/1.x`, RFC 9112 section 2.3.
enum Version {
  /// The second digit; an error if the first is not 1.
  static func minor(
    _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
  ) throws(WireError) -> Int {
    guard end - start == 8, bytes.slice(start, start + 5).elementsEqual("HTTP/".utf8),
      bytes[start + 5] &- 0x30 < 10, bytes[start + 6] == 0x2E, bytes[start + 7] &- 0x30 < 10
    else { throw WireError(.malformedRequestLine, at: start) }
    guard bytes[start + 5] == 0x31 else { throw WireError(.unsupportedVersion, at: start) }
    return Int(bytes[start + 7] &- 0x30)
  }
}
