// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The mask of what clients send, RFC 6455 section 5.3.
enum WebSocketMask {
  /// Applies a mask, or takes it off again.
  ///
  /// - Parameters:
  ///   - mask: Its four bytes as they are on the wire.
  ///   - start: How many bytes of the same frame came before.
  static func apply(_ mask: UInt32, to bytes: UnsafeMutableRawBufferPointer, from start: Int) {
    // Turned so that it begins with the byte that is due.
    let shift = UInt32(start & 3) * 8
    let word = UInt32(littleEndian: mask)
    let turned = shift == 0 ? word : word >> shift | word << (32 - shift)
    let double = UInt64(turned) << 32 | UInt64(turned)
    var index = 0
    while index &+ 8 <= bytes.count {
      let value = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      bytes.storeBytes(
        of: (value.littleEndian ^ double).littleEndian, toByteOffset: index, as: UInt64.self)
      index &+= 8
    }
    while index < bytes.count {
      bytes[index] ^= UInt8(truncatingIfNeeded: turned >> (UInt32(index & 3) * 8))
      index &+= 1
    }
  }
}
