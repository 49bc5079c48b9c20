// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIOHTTP

@Suite struct HostNamesTests {
  @Test(arguments: [
    ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
    ("faß.example", "xn--fa-hia.example"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
    ("a.example", "a.example"),
  ])
  func `A name beyond ASCII has one within`(name: String, ascii: String) throws {
    #expect(HostNames.toASCII(name) == ascii)
    #expect(try "\(HostNames.url("http://\(name)/"))" == "http://\(ascii)/")
  }

  @Test(arguments: ["a\u{200B}\u{2028}b.example", "\u{FFFD}.example"])
  func `Some stand for none`(name: String) {
    #expect(HostNames.toASCII(name) == nil)
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `RFC 4648 section 10: bytes in base 64`(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
  }
}
