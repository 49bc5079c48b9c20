// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPTypes

extension Middleware {
  /// Gives each request a name, which its logs have and the client is told in `X-Request-ID`.
  ///
  /// A name that the request brings, from a proxy for example, is kept if it has at most 128 letters, digits and signs of `-_.:`;
  /// otherwise it is 128 random bits.
  public static let requestID = Middleware { request, next in
    let id = request.header(name).flatMap { isFit($0) ? $0 : nil } ?? random()
    request.notes.withLock { $0.id = id }
    do {
      var response = try await next(request)
      response.headers[name] = id
      return response
    } catch let error as any HTTPStatusError {
      var headers = error.headers
      headers[name] = id
      throw StatusError(error.status, error.message, headers: headers)
    }
  }

  private static let name = HTTPField.Name.token("X-Request-ID")

  private static func isFit(_ id: String) -> Bool {
    (1...128).contains(id.utf8.count)
      && id.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          || "-_.:".unicodeScalars.contains(scalar)
      }
  }

  private static func random() -> String {
    [UInt64.random(in: .min ... .max), .random(in: .min ... .max)].map { number in
      let text = String(number, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
  }
}
