// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Forms as browsers send them.
package enum FormEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// `application/x-www-form-urlencoded`, WHATWG URL Standard section 5.2.
  package static func urlEncoded(_ fields: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
      append(field.name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      append(field.value, to: &bytes)
    }
    return bytes
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: " "): bytes.append(UInt8(ascii: "+"))
      case UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  /// A boundary that no part contains, with all that is likely: 128 random bits.
  package static func boundary() -> String {
    "swift-asyncio-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
      + String(UInt64.random(in: 0 ... .max), radix: 36)
  }

  /// What stands before a part of `multipart/form-data`, RFC 7578 section 4.
  ///
  /// Names are written as browsers do, HTML Standard section 4.10.22.8: nothing in them can end their line.
  package static func partHead(
    _ boundary: String, name: String, fileName: String?, contentType: String?
  ) -> [UInt8] {
    var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(escaped(name))\""
    if let fileName { head += "; filename=\"\(escaped(fileName))\"" }
    if let contentType {
      // A type is a token of the programmer's: what cannot be in a field is left out.
      let scalars = contentType.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
      head += "\r\nContent-Type: \(String(String.UnicodeScalarView(scalars)))"
    }
    return Array((head + "\r\n\r\n").utf8)
  }

  private static func escaped(_ name: String) -> String {
    String(
      decoding: name.utf8.flatMap { byte -> [UInt8] in
        switch byte {
        case 0x00, 0x0A, 0x0D, 0x22:
          [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: [byte]
        }
      }, as: UTF8.self)
  }
}
