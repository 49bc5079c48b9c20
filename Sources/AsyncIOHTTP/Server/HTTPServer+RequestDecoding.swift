// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import FoundationEssentials
public import HTTPTypes

extension HTTPServer.Request {
  /// The body as a text, in the encoding that its type says; UTF-8 if it says none.
  ///
  /// - Throws: As `body.collect(upTo:)`.
  public func text(upTo limit: Int? = nil) async throws -> String {
    let bytes = try await body.collect(upTo: limit)
    let charset = header(.contentType).flatMap { MediaType.parameter("charset", of: $0) }
    return TextDecoding.text(bytes, charset: charset)
  }

  /// The body, decoded from JSON.
  ///
  /// - Throws: ``StatusError``: 415 when the client says that the body is something else, 400 with the place when it is malformed,
  ///   413 when it is too large; what reading throws.
  public func json<Value: Decodable>(
    as type: Value.Type = Value.self, upTo limit: Int? = nil
  ) async throws -> Value {
    try requireType { $0 == "application/json" || $0.hasSuffix("+json") }
    let bytes = try await body.collect(upTo: limit)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw StatusError(.badRequest, Self.words(error))
    }
  }

  /// The fields of a form that was sent as `application/x-www-form-urlencoded`.
  ///
  /// - Throws: ``StatusError``: 415 when the client says that the body is something else, 413 when it is too large; what reading
  ///   throws.
  public func form(upTo limit: Int? = nil) async throws -> Query {
    try requireType { $0 == "application/x-www-form-urlencoded" }
    let bytes = try await body.collect(upTo: limit)
    return Query(Substring(String(decoding: bytes, as: UTF8.self)))
  }

  private func requireType(_ isWanted: (String) -> Bool) throws {
    guard let type = header(.contentType) else { return }
    let name = MediaType.name(of: type)
    if !isWanted(name) {
      throw StatusError(.unsupportedMediaType, "a body of type \(name) is not expected here")
    }
  }

  /// What is wrong and where, without the values.
  private static func words(_ error: DecodingError) -> String {
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let its), .valueNotFound(_, let its), .dataCorrupted(let its):
      context = its
    case .keyNotFound(let key, let its):
      return "\(path(its.codingPath + [key])) is missing"
    @unknown default: return "the body is malformed"
    }
    let place = path(context.codingPath)
    return place.isEmpty ? "the body is no such JSON" : "\(place) is not as expected"
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
  }
}

extension HTTPServer.Response {
  /// A value as JSON.
  ///
  /// - Throws: `EncodingError`.
  public static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok
  ) throws -> HTTPServer.Response {
    HTTPServer.Response(
      status: status, kind: .json, .bytes([UInt8](try JSONEncoder().encode(value))))
  }
}
