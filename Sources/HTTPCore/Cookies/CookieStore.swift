// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The cookies of a client, RFC 6265 section 5.
///
/// Pure: the time is an argument, in seconds since 1970.
package struct CookieStore: Sendable {
  private static let mostOfDomain = 50
  private static let mostInAll = 3_000

  /// By their domains.
  private var cookies: [String: [StoredCookie]] = [:]
  /// Counts cookies and uses of them: an order without a clock.
  private var clock = 0
  private let isPublicSuffix: @Sendable (String) -> Bool

  package init(isPublicSuffix: @escaping @Sendable (String) -> Bool) {
    self.isPublicSuffix = isPublicSuffix
  }

  package var count: Int { cookies.values.reduce(0) { $0 + $1.count } }

  package mutating func removeAll() { cookies = [:] }

  // MARK: Giving

  /// The cookies for a request: those of longer paths first, then the older ones.
  package mutating func cookies(for url: HTTPURL, now: Int64) -> [StoredCookie] {
    if cookies.isEmpty { return [] }
    let path = Self.path(of: url)
    clock += 1
    var found: [StoredCookie] = []
    for domain in Self.domains(of: url.host) {
      guard var list = cookies[domain] else { continue }
      list.removeAll { $0.isOver(now) }
      for index in list.indices where list[index].goes(to: url, path) {
        list[index].used = clock
        found.append(list[index])
      }
      cookies[domain] = list.isEmpty ? nil : list
    }
    return found.sorted {
      let (first, second) = ($0.path.utf8.count, $1.path.utf8.count)
      return first == second ? $0.created < $1.created : first > second
    }
  }

  /// The host itself, and the domains that it is in; an address is in none.
  private static func domains(of host: String) -> [String] {
    if isAddress(host) { return [host] }
    var (domains, rest) = ([host], host[...])
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if !rest.isEmpty { domains.append(String(rest)) }
    }
    return domains
  }

  private static func isAddress(_ host: String) -> Bool {
    host.contains(":") || (host.split(separator: ".").last?.allSatisfy(\.isNumber) ?? false)
  }

  private static func path(of url: HTTPURL) -> String { String(url.target.prefix { $0 != "?" }) }

  // MARK: Taking

  /// Takes what a server has set; false if it may not.
  package mutating func set(_ text: String, from url: HTTPURL, now: Int64) -> Bool {
    guard let parsed = SetCookie(text), var cookie = cookie(parsed, from: url, now: now) else {
      return false
    }
    clock += 1
    (cookie.created, cookie.used) = (clock, clock)
    var list = cookies[cookie.domain] ?? []
    let older = list.firstIndex {
      $0.name == cookie.name && $0.path == cookie.path && $0.isHostOnly == cookie.isHostOnly
    }
    if let older {
      cookie.created = list[older].created
      list.remove(at: older)
    }
    if !cookie.isOver(now) { list.append(cookie) }
    if list.count > Self.mostOfDomain { Self.removeOldest(&list, now) }
    cookies[cookie.domain] = list.isEmpty ? nil : list
    if count > Self.mostInAll { removeOldestOfAll(now) }
    return true
  }

  /// A cookie that the server of a URL may set; nil if it may not.
  private func cookie(_ parsed: SetCookie, from url: HTTPURL, now: Int64) -> StoredCookie? {
    var (domain, isHostOnly) = (url.host, true)
    if let wanted = parsed.domain, !wanted.isEmpty, wanted != url.host || !isPublicSuffix(wanted) {
      guard Self.domains(of: url.host).contains(wanted), !isPublicSuffix(wanted) else { return nil }
      // An address has no subdomains.
      (domain, isHostOnly) = (wanted, Self.isAddress(wanted))
    }
    let path = parsed.path ?? Self.defaultPath(Self.path(of: url))
    if parsed.isSecure && !url.isSecure { return nil }
    let name = parsed.name.lowercased()
    if name.hasPrefix("__secure-"), !parsed.isSecure { return nil }
    if name.hasPrefix("__host-"), !parsed.isSecure || parsed.domain != nil || path != "/" {
      return nil
    }
    let new = StoredCookie(
      name: parsed.name, value: parsed.value, domain: domain, isHostOnly: isHostOnly, path: path,
      isSecure: parsed.isSecure, isHTTPOnly: parsed.isHTTPOnly, expires: parsed.expires(now),
      sameSite: parsed.sameSite)
    return !url.isSecure && coversSecure(new, of: url.host) ? nil : new
  }

  /// Whether a cookie over a connection that all can read would stand in for one of a connection that is safe, RFC 6265bis section 5.7.
  private func coversSecure(_ new: StoredCookie, of host: String) -> Bool {
    Self.domains(of: host).contains { domain in
      cookies[domain, default: []].contains {
        $0.isSecure && $0.name == new.name && StoredCookie.path($0.path, covers: new.path)
      }
    }
  }

  /// The folder of a path.
  private static func defaultPath(_ path: String) -> String {
    guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      return "/"
    }
    return String(path[..<slash])
  }

  // MARK: Dropping

  private static func removeOldest(_ list: inout [StoredCookie], _ now: Int64) {
    let count = list.count
    list.removeAll { $0.isOver(now) }
    guard list.count == count else { return }
    guard let oldest = list.indices.min(by: { list[$0].used < list[$1].used }) else { return }
    list.remove(at: oldest)
  }

  private mutating func removeOldestOfAll(_ now: Int64) {
    let oldest = cookies.min { first, second in
      (first.value.map(\.used).min() ?? 0) < (second.value.map(\.used).min() ?? 0)
    }
    guard let domain = oldest?.key, var list = cookies[domain] else { return }
    Self.removeOldest(&list, now)
    cookies[domain] = list.isEmpty ? nil : list
  }
}

extension StoredCookie {
  func isOver(_ now: Int64) -> Bool { expires.map { $0 <= now } ?? false }

  func goes(to url: HTTPURL, _ urlPath: String) -> Bool {
    guard !isSecure || url.isSecure, !isHostOnly || domain == url.host else { return false }
    return Self.path(urlPath, covers: path, isReversed: true)
  }

  /// Whether `path` is `other` or above it, at the border of a segment.
  static func path(_ path: String, covers other: String, isReversed: Bool = false) -> Bool {
    let (above, below) = isReversed ? (other, path) : (path, other)
    guard below.hasPrefix(above) else { return false }
    return below.utf8.count == above.utf8.count || above.hasSuffix("/")
      || below.utf8.dropFirst(above.utf8.count).first == UInt8(ascii: "/")
  }
}
