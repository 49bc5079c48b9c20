// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension String {
  /// The bytes of a text in which `\n` stands for CR LF, as in the tables of tests: a bare one is written as `\u{0A}`, which is the
  /// same, so it is spelled `{LF}`; and so are other bytes that cannot be seen.
  public var wire: [UInt8] {
    var text = replacing("\n", with: "\r\n")
    let names = [
      "{LF}": "\n", "{CR}": "\r", "{NUL}": "\0", "{HT}": "\t", "{VT}": "\u{0B}", "{DEL}": "\u{7F}",
    ]
    for (name, byte) in names { text = text.replacing(name, with: byte) }
    var bytes = Array(text.utf8)
    // A byte that is no text, in two hexadecimal digits.
    while let range = bytes.firstRange(of: Array("{0x".utf8)) {
      let digits = String(decoding: bytes[range.upperBound..<(range.upperBound + 2)], as: UTF8.self)
      bytes.replaceSubrange(
        range.lowerBound..<(range.upperBound + 3), with: [UInt8(digits, radix: 16) ?? 0])
    }
    return bytes
  }
}
