// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Searches in bytes, eight at a time.
extension UnsafeRawBufferPointer {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var tops: UInt64 { 0x8080_8080_8080_8080 }

  /// Where `byte` is found first, from `start` on.
  @inline(__always)
  func first(_ byte: UInt8, from start: Int) -> Int? {
    let pattern = Self.ones &* UInt64(byte)
    var index = start
    while index &+ 8 <= count {
      let word = loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ pattern
      let zeros = (word &- Self.ones) & ~word & Self.tops
      if zeros != 0 { return index &+ Self.firstByte(of: zeros) }
      index &+= 8
    }
    while index < count {
      if self[index] == byte { return index }
      index &+= 1
    }
    return nil
  }

  /// Where, before `end`, a byte is found first that may not be in a field's value, RFC 9110 section 5.5: a control character that is no
  /// tab; `end` if there is none.
  @inline(__always)
  package func firstControl(from start: Int, to end: Int) -> Int {
    var index = start
    while index < end {
      if index &+ 8 <= end {
        let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
        // A byte below 0x20, or 0x7F. What carries from a byte into the next makes false alarms only.
        let below = (word &- Self.ones &* 0x20) & ~word
        let delete = word ^ Self.ones &* 0x7F
        let suspects = (below | (delete &- Self.ones) & ~delete) & Self.tops
        if suspects == 0 {
          index &+= 8
          continue
        }
        index &+= Self.firstByte(of: suspects)
      }
      let byte = self[index]
      if byte < 0x20 && byte != 0x09 || byte == 0x7F { return index }
      index &+= 1
    }
    return end
  }

  /// The index in memory of the first byte whose top bit is set.
  @inline(__always)
  private static func firstByte(of word: UInt64) -> Int {
    UInt64(littleEndian: word).trailingZeroBitCount >> 3
  }

  /// Whether the bytes from `start` to `end` are `text`, which is in lower case, whatever the case of the bytes.
  @inline(__always)
  func equals(_ text: StaticString, from start: Int, to end: Int) -> Bool {
    guard end &- start == text.utf8CodeUnitCount else { return false }
    for offset in 0..<(end &- start)
    where Self.lowercased(self[start &+ offset]) != text.utf8Start[offset] {
      return false
    }
    return true
  }

  @inline(__always)
  package static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  /// The range without spaces and tabs at both ends: OWS of RFC 9110 section 5.6.3.
  @inline(__always)
  func trimmed(_ start: Int, _ end: Int) -> (start: Int, end: Int) {
    var (start, end) = (start, end)
    while start < end, self[start] == 0x20 || self[start] == 0x09 { start &+= 1 }
    while end > start, self[end &- 1] == 0x20 || self[end &- 1] == 0x09 { end &-= 1 }
    return (start, end)
  }

  func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[start..<end])
  }
}
