// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import CNames
internal import HTTPCore
internal import Glibc

/// Cookies that servers have set, RFC 6265.
///
/// ```swift
/// var configuration = HTTPClient.Configuration()
/// configuration.cookies = CookieJar()
/// let client = HTTPClient(configuration)
/// ```
///
/// A cookie goes back to the hosts and paths that it was set for. No host can set one for others: not for a public suffix such as
/// `co.uk`, by the system's list of them. At most 50 cookies of a domain and 3,000 in all are kept, of 4 KiB each; the ones that
/// were not used for longest go first. `SameSite` is not enforced: a client has no site of its own.
///
/// May be used from any task and any thread, and by several clients.
public final class CookieJar: Sendable {
  private let store = Guarded(CookieStore(isPublicSuffix: { asyncio_name_is_public_suffix($0) }))

  /// Makes an empty jar.
  public init() {}

  /// The cookies that a request for a URL would send; none for what is no URL.
  public func cookies(for url: String) -> [Cookie] {
    guard let url = try? HostNames.url(url) else { return [] }
    return matching(url).map(Cookie.init)
  }

  /// Takes a cookie as a server at a URL would set it: the value of `Set-Cookie`.
  ///
  /// - Returns: Whether it was taken: a cookie for another domain is not.
  @discardableResult
  public func set(_ setCookie: String, from url: String) -> Bool {
    guard let url = try? HostNames.url(url) else { return false }
    return store.withLock { $0.set(setCookie, from: url, now: Self.now) }
  }

  /// Drops all cookies.
  public func removeAll() { store.withLock { $0.removeAll() } }

  /// How many cookies there are.
  public var count: Int { store.withLock { $0.count } }

  func take(_ values: [String], from url: HTTPURL) {
    let now = Self.now
    store.withLock { store in for value in values { _ = store.set(value, from: url, now: now) } }
  }

  /// The value of the field `Cookie`; nil for none.
  func field(for url: HTTPURL) -> String? {
    let cookies = matching(url)
    if cookies.isEmpty { return nil }
    return cookies.map { $0.name.isEmpty ? $0.value : "\($0.name)=\($0.value)" }.joined(
      separator: "; ")
  }

  private func matching(_ url: HTTPURL) -> [StoredCookie] {
    store.withLock { $0.cookies(for: url, now: Self.now) }
  }

  /// The seconds since 1970.
  static var now: Int64 { Int64(time(nil)) }
}
