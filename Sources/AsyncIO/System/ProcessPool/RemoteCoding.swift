// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import FoundationEssentials

/// Values as bytes, between processes: bytes and text as they are, everything else as JSON.
enum RemoteCoding {
  static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
    switch value {
    case let bytes as [UInt8]: return bytes
    case let text as String: return Array(text.utf8)
    default:
      let encoder = JSONEncoder()
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      // In an array: a value alone is no JSON text everywhere.
      return Array(try encoder.encode([value]))
    }
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: ArraySlice<UInt8>) throws
    -> Value
  {
    if let value = Array(bytes) as? Value, type == [UInt8].self { return value }
    if type == String.self, let value = String(decoding: bytes, as: UTF8.self) as? Value {
      return value
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let values = try decoder.decode([Value].self, from: Data(bytes))
    guard values.count == 1 else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not one value"))
    }
    return values[0]
  }
}
