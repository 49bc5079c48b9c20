// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Checks a text in UTF-8 that comes in pieces, which may be cut anywhere: it fails at the first byte with which there can be no text
/// any more, RFC 3629 section 4.
package struct UTF8Check: Sendable {
  /// How many bytes of a character are still to come.
  private var left = 0
  /// What the next of them may be.
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xBF

  package init() {}

  /// Whether the text may end here.
  package var isComplete: Bool { left == 0 }

  /// Looks at the next bytes; false when there is no text that begins with what has come.
  package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      if left == 0 {
        index = Self.skipASCII(bytes, from: index)
        guard index < bytes.count else { return true }
        guard begin(bytes[index]) else { return false }
      } else {
        guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
        left &-= 1
        (lowest, highest) = (0x80, 0xBF)
      }
      index &+= 1
    }
    return true
  }

  private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index &+ 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if word & 0x8080_8080_8080_8080 != 0 { break }
      index &+= 8
    }
    while index < bytes.count, bytes[index] < 0x80 { index &+= 1 }
    return index
  }

  /// The first byte of a character of several; no overlong forms, no surrogates, nothing beyond U+10FFFF.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xC2...0xDF: left = 1
    case 0xE0: (left, lowest) = (2, 0xA0)
    case 0xED: (left, highest) = (2, 0x9F)
    case 0xE1...0xEF: left = 2
    case 0xF0: (left, lowest) = (3, 0x90)
    case 0xF1...0xF3: left = 3
    case 0xF4: (left, highest) = (3, 0x8F)
    default: return false
    }
    return true
  }
}
