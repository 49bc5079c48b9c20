// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import FoundationEssentials

extension HTTPClient.Response {
  /// The body, decoded from JSON.
  ///
  /// With a decoder of your own settings, use `JSONDecoder().decode(_:from: Data(response.body))`.
  ///
  /// - Throws: `DecodingError` with the place in the body.
  public func json<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body))
  }
}

extension HTTPClient.RequestBody {
  /// A value as JSON, with its type, RFC 8259.
  ///
  /// With an encoder of your own settings, use ``bytes(_:contentType:)``.
  ///
  /// - Throws: `EncodingError`.
  public static func json(_ value: some Encodable) throws -> HTTPClient.RequestBody {
    .bytes([UInt8](try JSONEncoder().encode(value)), contentType: "application/json")
  }
}
