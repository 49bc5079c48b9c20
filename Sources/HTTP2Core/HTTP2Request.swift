// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// The head of a request of HTTP/2: checked as one of HTTP/1.1.
package struct HTTP2Request: Equatable, Sendable {
  package var method: String
  package var scheme: String
  /// The host, with a port if there is one; empty if the client has not said.
  package var authority: String
  /// The path and query, or `*`; empty for a tunnel.
  package var path: String
  /// The protocol that a stream is to become a tunnel for, RFC 8441.
  package var tunnelProtocol: String?
  package var fields: HTTPFields

  package init(
    method: String, scheme: String, authority: String, path: String, fields: HTTPFields = [:]
  ) {
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.path = path
    self.fields = fields
  }
}
