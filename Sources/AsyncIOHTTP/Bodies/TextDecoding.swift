// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Texts in any encoding that the system knows, iconv(3).
enum TextDecoding {
  /// A text; what is none in its encoding is replaced, and an encoding that is not known is read as UTF-8.
  static func text(_ bytes: [UInt8], charset: String?) -> String {
    let name = known(charset?.lowercased() ?? "utf-8")
    guard name != "utf-8", let decoded = converted(bytes, from: name) else {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      return String(decoding: bytes.starts(with: mark) ? bytes[3...] : bytes[...], as: UTF8.self)
    }
    return decoded
  }

  /// What servers mean by a name, WHATWG Encoding Standard section 4.2.
  private static func known(_ name: String) -> String {
    switch name {
    case "utf8", "us-ascii", "ascii": "utf-8"
    case "iso-8859-1", "iso8859-1", "latin1": "windows-1252"
    case "gb2312", "gbk": "gb18030"
    case "shift_jis", "sjis": "cp932"
    case "ks_c_5601-1987", "euc-kr": "uhc"
    default: name
    }
  }

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  private static func converted(_ bytes: [UInt8], from name: String) -> String? {
    // A slash would begin the options of iconv, and a name comes from the server.
    guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }) else { return nil }
    guard let converter = iconv_open("UTF-8", name), converter != iconv_t(bitPattern: -1) else {
      return nil
    }
    defer { iconv_close(converter) }
    var (input, result) = (bytes, [UInt8]())
    // Of no encoding does a byte become more than four.
    result.reserveCapacity(bytes.count)
    var piece = [CChar](repeating: 0, count: 16 << 10)
    input.withUnsafeMutableBytes { memory in
      var next = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
      var left = memory.count
      while left > 0 {
        let status = piece.withUnsafeMutableBufferPointer { output in
          var place = output.baseAddress
          var room = output.count
          let status = iconv(converter, &next, &left, &place, &room)
          result.append(
            contentsOf: UnsafeRawBufferPointer(
              rebasing: UnsafeRawBufferPointer(output)[..<(output.count - room)]))
          return status == -1 ? errno : 0
        }
        switch status {
        case 0, E2BIG: continue
        default:
          result += replacement
          // A byte that is none, or the begin of a character at the end.
          if status == EINVAL { return }
          next = next.map { $0 + 1 }
          left -= 1
        }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
