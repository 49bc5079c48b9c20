// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPTypes

extension Middleware {
  /// Cancels a handler that takes longer, and answers with 503.
  ///
  /// The body of a streamed response is not limited by it: it is written once the handler has returned.
  public static func timeout(_ limit: Duration) -> Middleware {
    Middleware { request, next in
      let response = try await moveOn(after: limit) { try await next(request) }
      guard let response else {
        throw StatusError(.serviceUnavailable, "the request took longer than \(limit)")
      }
      return response
    }
  }
}
