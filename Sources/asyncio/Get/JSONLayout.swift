// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// JSON with a line for each member: its names, numbers and their order stay as they are.
///
/// Only the spaces between its parts are changed, so it has to be JSON.
struct JSONLayout {
  let paint: (String, TerminalAnswer.Part) -> String

  func text(of bytes: [UInt8]) -> String {
    var (result, depth, index) = ("", 0, 0)
    func line() { result += "\n" + String(repeating: "  ", count: depth) }
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        result.append(Character(Unicode.Scalar(byte)))
        let next = Self.next(bytes, index + 1)
        if next < bytes.count, bytes[next] == byte + 2 {
          result.append(Character(Unicode.Scalar(bytes[next])))
          index = next + 1
        } else {
          depth += 1
          line()
          index += 1
        }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth = max(0, depth - 1)
        line()
        result.append(Character(Unicode.Scalar(byte)))
        index += 1
      case UInt8(ascii: ","):
        result += ","
        line()
        index += 1
      case UInt8(ascii: ":"):
        result += ": "
        index += 1
      default:
        let end = Self.end(bytes, index)
        let text = TerminalText.escaped(String(decoding: bytes[index..<end], as: UTF8.self))
        result += paint(text, Self.part(bytes, index, end))
        index = end
      }
    }
    return result
  }

  /// The first byte from a place on that is no space.
  private static func next(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[start...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? bytes.count
  }

  /// Where a text, a number or a literal ends.
  private static func end(_ bytes: [UInt8], _ start: Int) -> Int {
    guard bytes[start] == UInt8(ascii: "\"") else {
      let ends = Array("{}[],: \t\r\n\"".utf8)
      return bytes[start...].firstIndex { ends.contains($0) } ?? bytes.count
    }
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, bytes.count)
  }

  private static func part(_ bytes: [UInt8], _ start: Int, _ end: Int) -> TerminalAnswer.Part {
    switch bytes[start] {
    case UInt8(ascii: "\""):
      let next = next(bytes, end)
      return next < bytes.count && bytes[next] == UInt8(ascii: ":") ? .key : .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal
    default: return .number
    }
  }
}
