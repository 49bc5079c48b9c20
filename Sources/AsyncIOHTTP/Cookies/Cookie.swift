// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore

/// A cookie of a ``CookieJar``.
public struct Cookie: Sendable, Hashable {
  /// Its name; may be empty.
  public let name: String
  /// Its value.
  public let value: String
  /// The host that it goes to, or the domain.
  public let domain: String
  /// Whether it goes to that host only, and not to the subdomains.
  public let isHostOnly: Bool
  /// The path that it goes to, with all below it.
  public let path: String
  /// Whether it goes over `https` only.
  public let isSecure: Bool
  /// Whether scripts of a page are not to see it.
  public let isHTTPOnly: Bool
  /// When it ends, in seconds since 1970; nil for one that lasts as long as the jar.
  public let expires: Int64?
  /// What `SameSite` says; nil if it says nothing.
  public let sameSite: String?

  init(_ cookie: StoredCookie) {
    name = cookie.name
    value = cookie.value
    domain = cookie.domain
    isHostOnly = cookie.isHostOnly
    path = cookie.path
    isSecure = cookie.isSecure
    isHTTPOnly = cookie.isHTTPOnly
    expires = cookie.expires
    sameSite = cookie.sameSite
  }
}
