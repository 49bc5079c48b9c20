// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import HTTPCore

@Suite struct HTTPURLTests {
  private func url(_ text: String) throws -> HTTPURL {
    try HTTPURL(text) { $0 == "bücher.example" ? "xn--bcher-kva.example" : nil }
  }

  @Test(arguments: [
    ("http://a", "http://a/"), ("HTTP://A.Example:80/B?c#d", "http://a.example/B?c#d"),
    ("https://a:443", "https://a/"), ("https://a:8443/x", "https://a:8443/x"),
    ("http://a:/x", "http://a/x"), ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ("http://a?q=1", "http://a/?q=1"), ("http://a/é?ü", "http://a/%C3%A9?%C3%BC"),
    ("http://bücher.example/", "http://xn--bcher-kva.example/"), ("http://u:p@a/", "http://a/"),
    ("http://a_b.example/%20{x}", "http://a_b.example/%20{x}"),
    ("http://127.0.0.1/", "http://127.0.0.1/"),
  ])
  func `A URL is taken apart`(text: String, expected: String) throws {
    #expect(try url(text).description == expected)
  }

  @Test(arguments: [
    ("", HTTPURLError.noScheme), ("a", .noScheme), ("ftp://a/", .otherScheme),
    ("file:///etc/passwd", .otherScheme), ("http:/a", .noHost), ("http://", .noHost),
    ("http:///x", .noHost), ("http://a\0b/", .containsNUL), ("http://a/\r\nX: y", .malformedTarget),
    ("http://a/b c", .malformedTarget), ("http://a:0/", .malformedPort("0")),
    ("http://a:65536/", .malformedPort("65536")), ("http://a:x/", .malformedPort("x")),
    ("http://[bad", .malformedHost("[bad")), ("http://a b/", .malformedHost("a b")),
    ("http://a\r\nb/", .malformedHost("a\r\nb")), ("http://a%2fb/", .malformedHost("a%2fb")),
    ("http://☃☃.example/", .malformedHost("☃☃.example")),
    ("http://[::1]x/", .malformedHost("[::1]x")),
    ("http://a:b:c/", .malformedHost("a:b")),
  ])
  func `What is no URL that can be requested is refused, with the reason`(
    text: String, error: HTTPURLError
  ) {
    #expect(throws: error) { try url(text) }
  }

  @Test(
    arguments: [
      ("/x", "http://a:81/x"), ("x", "http://a:81/b/x"), ("?x", "http://a:81/b/c?x"),
      ("", "http://a:81/b/c?d"), ("//b/x", "http://b/x"), ("https://b", "https://b/"),
      ("../x", "http://a:81/x"), ("../../../x", "http://a:81/x"), ("./", "http://a:81/b/"),
      ("..", "http://a:81/"), ("x y", "http://a:81/b/x%20y"), ("/é", "http://a:81/%C3%A9"),
      ("http://u:p@b/x", "http://b/x"), ("/x#new", "http://a:81/x#new"), ("\\x", "http://a:81/x"),
      ("http://bücher.example/a b", "http://xn--bcher-kva.example/a%20b"), (" /x", "http://a:81/x"),
      ("x:y", nil), ("javascript:x", nil), ("/x\r\nSet-Cookie: a", nil), ("ftp://b/", nil),
    ] as [(String, String?)])
  func `A reference of a server means a URL`(reference: String, expected: String?) throws {
    let base = try url("http://a:81/b/c?d")
    let resolved = try? base.resolve(reference) {
      $0 == "bücher.example" ? "xn--bcher-kva.example" : nil
    }
    #expect(resolved?.description == expected)
  }

  @Test func `A fragment is inherited`() throws {
    #expect(try url("http://a/#x").resolve("/y") { _ in nil }.description == "http://a/y#x")
  }
}
