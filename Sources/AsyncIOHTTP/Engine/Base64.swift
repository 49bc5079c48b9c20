// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Base 64, RFC 4648 section 4, without Foundation.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The bytes that a text stands for, with or without the equals signs at its end; nil if it is none.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var letters = Array(text.utf8)
    while letters.last == UInt8(ascii: "="), letters.count % 4 != 1 { letters.removeLast() }
    guard letters.count % 4 != 1 else { return nil }
    var (bytes, bits, count) = ([UInt8](), 0, 0)
    for letter in letters {
      guard let value = alphabet.firstIndex(of: letter) else { return nil }
      (bits, count) = (bits << 6 | value, count + 6)
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        bits &= 1 << count - 1
      }
    }
    // Bits that are left must say nothing.
    return bits == 0 ? bytes : nil
  }

  static func encode(_ bytes: [UInt8]) -> String {
    let letters = alphabet
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        let isThere = place <= group.count
        text.append(isThere ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
