// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import HTTPCore

@Suite struct FormEncodingTests {
  @Test(arguments: [
    ([("a", "1"), ("b", "x y")], "a=1&b=x+y"), ([], ""), ([("é&=", "+%")], "%C3%A9%26%3D=%2B%25"),
    ([("a", ""), ("a", "*-._~")], "a=&a=*-._%7E"), ([("n", "\r\n")], "n=%0D%0A"),
  ])
  func `A form is encoded as browsers do`(fields: [(String, String)], expected: String) {
    let bytes = FormEncoding.urlEncoded(fields.map { (name: $0.0, value: $0.1) })
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test func `Names of parts cannot end their line`() {
    let head = FormEncoding.partHead(
      "B", name: "a\"\r\nX: y", fileName: "f\"\n\0é.txt", contentType: "text/plain\r\nX: y")
    #expect(
      String(decoding: head, as: UTF8.self)
        == "--B\r\nContent-Disposition: form-data; name=\"a%22%0D%0AX: y\"; filename=\"f%22%0A%00é.txt\"\r\n"
        + "Content-Type: text/plainX: y\r\n\r\n")
  }

  @Test func `No two boundaries are the same`() {
    #expect(Set((0..<1_000).map { _ in FormEncoding.boundary() }).count == 1_000)
  }
}
