// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A set of ASCII bytes: two words, looked at without memory.
package struct ByteSet {
  private let low: UInt64
  private let high: UInt64

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  package func contains(_ byte: UInt8) -> Bool {
    if byte >= 128 { return false }
    return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
  }

  /// The bytes of methods, field names and other tokens, RFC 9110 section 5.6.2.
  package static var token: ByteSet {
    ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
  }

  /// The bytes of a request's target: all that can be seen, without `#`, since a fragment is never sent, RFC 9112 section 3.2.
  package static var target: ByteSet {
    ByteSet(low: 0xFFFF_FFF6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)
  }

  /// The bytes of a name of a host, RFC 3986 section 3.2.2, without the comma, at which lists of fields are taken apart.
  package static var hostName: ByteSet {
    ByteSet(low: 0x2BFF_6FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
  }
}
