// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

extension Middleware {
  /// Lets only those in who say a name and a password, RFC 7617.
  ///
  /// The password goes over the wire as it is: use TLS. Compare secrets with ``constantTimeEqual(_:_:)``.
  ///
  /// - Parameters:
  ///   - realm: What the browser says it asks for.
  ///   - isValid: Whether a name and password are right.
  public static func basicAuthentication(
    realm: String = "restricted",
    _ isValid: @escaping @Sendable (_ user: String, _ password: String) async throws -> Bool
  ) -> Middleware {
    let quoted = realm.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
    let challenge = "Basic realm=\"\(quoted)\", charset=\"UTF-8\""
    return Middleware { request, next in
      guard let (user, password) = credentials(request.header(.authorization)),
        try await isValid(user, password)
      else { throw StatusError(.unauthorized, headers: [.wwwAuthenticate: challenge]) }
      return try await next(request)
    }
  }

  private static func credentials(_ field: String?) -> (user: String, password: String)? {
    guard let parts = field?.split(separator: " "), parts.count == 2,
      parts[0].lowercased() == "basic", let bytes = Base64.decode(parts[1]),
      let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
    else { return nil }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }

  /// Whether two texts are the same, in a time that does not tell where they differ.
  public static func constantTimeEqual(_ one: String, _ other: String) -> Bool {
    let (one, other) = (Array(one.utf8), Array(other.utf8))
    var difference = UInt8(one.count == other.count ? 0 : 1)
    for index in one.indices {
      difference |= one[index] ^ (other.isEmpty ? 0 : other[index % other.count])
    }
    return difference == 0
  }
}
