// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import HTTPCore

@Suite struct CookieTests {
  private static func url(_ text: String) throws -> HTTPURL { try HTTPURL(text) { _ in nil } }

  private static func store() -> CookieStore {
    CookieStore(isPublicSuffix: { ["com", "co.uk", "uk", "example"].contains($0) })
  }

  /// What a request to `to` sends after `from` has set cookies.
  private static func sent(
    _ cookies: [String], from: String, to: String, now: Int64 = 1_000, later: Int64 = 1_001
  ) throws -> [String] {
    var store = store()
    for cookie in cookies { _ = store.set(cookie, from: try url(from), now: now) }
    return store.cookies(for: try url(to), now: later).map { "\($0.name)=\($0.value)" }
  }

  @Test(arguments: [
    // The host only, unless there is a domain.
    ("a=1", "http://x.example.com/", "http://x.example.com/y", true),
    ("a=1", "http://x.example.com/", "http://y.x.example.com/", false),
    ("a=1; Domain=example.com", "http://x.example.com/", "http://y.example.com/", true),
    ("a=1; Domain=.Example.COM", "http://x.example.com/", "http://example.com/", true),
    ("a=1; Domain=example.com", "http://x.example.com/", "http://badexample.com/", false),
    // For others it may not set one, nor for all of a suffix.
    ("a=1; Domain=other.com", "http://x.example.com/", "http://other.com/", false),
    ("a=1; Domain=y.x.example.com", "http://x.example.com/", "http://y.x.example.com/", false),
    ("a=1; Domain=co.uk", "http://a.co.uk/", "http://a.co.uk/", false),
    ("a=1; Domain=uk", "http://a.co.uk/", "http://b.uk/", false),
    // A host that is a suffix itself has its own.
    ("a=1; Domain=co.uk", "http://co.uk/", "http://co.uk/", true),
    ("a=1; Domain=co.uk", "http://co.uk/", "http://b.co.uk/", false),
    // An address is in no domain.
    ("a=1; Domain=0.0.1", "http://127.0.0.1/", "http://10.0.0.1/", false),
    ("a=1; Domain=127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", true),
    // Paths, at the border of a segment.
    ("a=1; Path=/foo", "http://a.com/", "http://a.com/foo", true),
    ("a=1; Path=/foo", "http://a.com/", "http://a.com/foo/bar?x", true),
    ("a=1; Path=/foo", "http://a.com/", "http://a.com/foobar", false),
    ("a=1", "http://a.com/dir/page", "http://a.com/dir/other", true),
    ("a=1", "http://a.com/dir/page", "http://a.com/", false),
    ("a=1; Path=relative", "http://a.com/dir/page", "http://a.com/dir/", true),
    // Secure.
    ("a=1; Secure", "https://a.com/", "https://a.com/", true),
    ("a=1; Secure", "https://a.com/", "http://a.com/", false),
    ("a=1; Secure", "http://a.com/", "https://a.com/", false),
    ("__Secure-a=1", "https://a.com/", "https://a.com/", false),
    ("__Secure-a=1; Secure", "https://a.com/", "https://a.com/", true),
    ("__Host-a=1; Secure; Path=/", "https://a.com/", "https://a.com/", true),
    ("__Host-a=1; Secure; Path=/; Domain=a.com", "https://a.com/", "https://a.com/", false),
    ("__host-a=1; Secure; Path=/x", "https://a.com/x", "https://a.com/x", false),
    // Its end.
    ("a=1; Max-Age=10", "http://a.com/", "http://a.com/", true),
    ("a=1; Max-Age=0", "http://a.com/", "http://a.com/", false),
    ("a=1; Max-Age=-1", "http://a.com/", "http://a.com/", false),
    ("a=1; Max-Age=99999999999999999999", "http://a.com/", "http://a.com/", true),
    ("a=1; Max-Age=1", "http://a.com/", "http://a.com/", false),
    ("a=1; Max-Age=x", "http://a.com/", "http://a.com/", true),
    ("a=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "http://a.com/", "http://a.com/", false),
    ("a=1; Expires=Thu, 01 Jan 1970 00:30:00 GMT", "http://a.com/", "http://a.com/", true),
    ("a=1; Expires=never", "http://a.com/", "http://a.com/", true),
    (
      "a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "http://a.com/", "http://a.com/",
      true
    ),
    // What is none.
    ("", "http://a.com/", "http://a.com/", false),
    ("=", "http://a.com/", "http://a.com/", false),
    ("a=1\u{1}", "http://a.com/", "http://a.com/", false),
  ])
  func `A cookie goes where it was set for`(
    cookie: String, from: String, to: String, isSent: Bool
  ) throws {
    #expect(try Self.sent([cookie], from: from, to: to).count == (isSent ? 1 : 0))
  }

  @Test func `Longer paths come first, then older cookies`() throws {
    let sent = try Self.sent(
      ["a=1; Path=/", "b=2; Path=/x", "c=3; Path=/", "d=4; Path=/x"], from: "http://a.com/x/y",
      to: "http://a.com/x/y")
    #expect(sent == ["b=2", "d=4", "a=1", "c=3"])
  }

  @Test func `A cookie of the same name replaces the older one and keeps its place`() throws {
    #expect(
      try Self.sent(["a=1", "b=2", "a=3"], from: "http://a.com/", to: "http://a.com/")
        == ["a=3", "b=2"])
    #expect(
      try Self.sent(["a=1", "a=1; Max-Age=0"], from: "http://a.com/", to: "http://a.com/") == [])
  }

  @Test func `Over http no cookie stands in for a secure one`() throws {
    var store = Self.store()
    let (plain, secure) = (try Self.url("http://x.a.com/"), try Self.url("https://x.a.com/"))
    let first = store.set("a=1; Secure; Domain=a.com", from: secure, now: 1)
    let second = store.set("a=2", from: plain, now: 2)
    #expect(first && !second)
    let kept = store.cookies(for: secure, now: 3)
    #expect(kept.map(\.value) == ["1"])
  }

  @Test func `The number of cookies is limited, and those used longest ago go first`() throws {
    var store = Self.store()
    let url = try Self.url("http://a.com/")
    for number in 0..<60 { _ = store.set("n\(number)=\(number)", from: url, now: 1) }
    #expect(store.count == 50)
    let first = store.cookies(for: url, now: 1).first
    #expect(first?.name == "n10")
    for host in 0..<100 {
      let other = try Self.url("http://h\(host).com/")
      for number in 0..<40 { _ = store.set("n\(number)=1", from: other, now: 1) }
    }
    #expect(store.count == 3_000)
    let left = store.cookies(for: url, now: 1)
    #expect(left.isEmpty)
    let isTaken = store.set("big=" + String(repeating: "x", count: 5_000), from: url, now: 1)
    #expect(!isTaken)
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
    ("Sun Nov  6 08:49:37 1994", 784_111_777), ("06 november 1994 8:49:37", 784_111_777),
    ("1994-11-06 08:49:37", nil), ("Sun, 31 Feb 2024 00:00:00 GMT", 1_709_337_600),
    ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000), ("Sun, 06 Nov 1994", nil),
    ("Sun, 06 Nov 1500 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 25:00:00 GMT", nil),
    ("06 Nov 69 00:00:00", 3_150_921_600), ("", nil), ("é", nil),
  ])
  func `Dates are read as servers write them`(text: String, seconds: Int64?) {
    #expect(LenientDate.seconds(text) == seconds)
  }
}
