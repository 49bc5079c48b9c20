// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A cookie as a client keeps it, RFC 6265 section 5.3.
package struct StoredCookie: Sendable, Equatable {
  package var name: String
  package var value: String
  package var domain: String
  package var isHostOnly: Bool
  package var path: String
  package var isSecure: Bool
  package var isHTTPOnly: Bool
  /// In seconds since 1970; nil for one that lasts as long as the client.
  package var expires: Int64?
  package var sameSite: String?
  /// The order in which cookies were made and used.
  var created = 0
  var used = 0
}
