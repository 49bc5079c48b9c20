// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

/// An answer that a handler throws.
///
/// ```swift
/// guard let user = users[id] else { throw StatusError(.notFound, "there is no user \(id)") }
/// ```
public struct StatusError: HTTPStatusError, CustomStringConvertible {
  /// The status of the response.
  public let status: HTTPResponse.Status
  /// What the client is told; the name of the status if nil.
  public let message: String?
  /// Fields of the response.
  public let headers: HTTPFields

  /// An answer with this status.
  public init(
    _ status: HTTPResponse.Status, _ message: String? = nil, headers: HTTPFields = [:]
  ) {
    self.status = status
    self.message = message
    self.headers = headers
  }

  /// The status and the message.
  public var description: String {
    "\(status.code) \(message ?? status.reasonPhrase)"
  }
}
