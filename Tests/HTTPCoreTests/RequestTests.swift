// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import TestSupport
import Testing

@testable import HTTPCore

@Suite struct RequestTests {
  @Test(arguments: RefusedRequest.all)
  func `A request that two readers could read differently is refused, however it comes`(
    refused: RefusedRequest
  ) {
    let bytes = refused.text.wire
    let whole = Reader.read([bytes], as: .request)
    #expect(whole.status.map(refused.statuses.contains) ?? false, "\(whole)")
    // The same, one byte after the other: a reason may differ, where a limit is met earlier.
    let singly = Reader.read(bytes.singles, as: .request)
    #expect(singly.status.map(refused.statuses.contains) ?? false, "\(singly)")
  }

  struct Accepted: CustomTestStringConvertible {
    let text: String
    let line: String
    var fields: [String] = ["Host: a"]
    var body = ""
    var trailers: [String] = []
    var testDescription: String { text.debugDescription }
  }

  static let accepted: [Accepted] = [
    Accepted(text: "GET / HTTP/1.1\nHost: a\n\n", line: "GET /"),
    Accepted(text: "\nGET / HTTP/1.1\nHost: a\n\n", line: "GET /"),
    Accepted(text: "GET /?q=%20&b HTTP/1.1\nHost: a\n\n", line: "GET /?q=%20&b"),
    Accepted(text: "GET / HTTP/1.1\nHost:a\n\n", line: "GET /"),
    Accepted(text: "GET / HTTP/1.1\nHost: {HT} a {HT}\n\n", line: "GET /"),
    Accepted(text: "GET / HTTP/1.1\nHost:\n\n", line: "GET /", fields: ["Host: "]),
    Accepted(text: "GET / HTTP/1.0\n\n", line: "GET /", fields: []),
    Accepted(
      text: "GET / HTTP/1.1\nHost: [::1]:80\n\n", line: "GET /", fields: ["Host: [::1]:80"]),
    Accepted(
      text: "GET http://a:1/x HTTP/1.1\nHost: b\n\n", line: "GET http://a:1/x", fields: ["Host: b"]),
    Accepted(
      text: "CONNECT a:443 HTTP/1.1\nHost: a:443\n\n", line: "CONNECT a:443",
      fields: ["Host: a:443"]),
    Accepted(text: "OPTIONS * HTTP/1.1\nHost: a\n\n", line: "OPTIONS *"),
    Accepted(
      text: "GET / HTTP/1.1\nHost: a\nX: {HT}r{0xE9}sum{0xE9} \nx!#$%&'*+-.^_`|~9:\n\n",
      line: "GET /",
      fields: ["Host: a", "X: r\u{FFFD}sum\u{FFFD}", "x!#$%&'*+-.^_`|~9: "]),
    Accepted(
      text: "POST / HTTP/1.1\nHost: a\nContent-Length: 0005\n\nhello", line: "POST /",
      fields: ["Host: a", "Content-Length: 0005"], body: "hello"),
    Accepted(
      text: "POST / HTTP/1.1\nHost: a\nTRANSFER-ENCODING: ChUnKeD{HT}\n\n5\nhello\n0\n\n",
      line: "POST /", fields: ["Host: a", "TRANSFER-ENCODING: ChUnKeD"], body: "hello"),
    Accepted(
      text: "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
        + "5;a;b=c ; d = \"e\\\"f\"\nhello\n00A\n, my world\n000\n"
        + "X-Sum: 7\nContent-Length: 99\nTransfer-Encoding: x\nHost: b\nAuthorization: c\n\n",
      line: "POST /", fields: ["Host: a", "Transfer-Encoding: chunked"], body: "hello, my world",
      trailers: ["X-Sum: 7"]),
    Accepted(
      text: "GET / HTTP/1.1\nHost: a\nContent_Length: 5\n\n", line: "GET /",
      fields: ["Host: a", "Content_Length: 5"]),
  ]

  @Test(arguments: accepted)
  func `What is legal is taken, cut at every position, and not a byte more`(accepted: Accepted) {
    let bytes = accepted.text.wire
    let expected = Verdict.message(
      Verdict.Message(
        line: accepted.line, fields: accepted.fields, body: Array(accepted.body.utf8),
        trailers: accepted.trailers),
      rest: 0)
    #expect(Reader.read([bytes], as: .request) == expected)
    for index in 1..<bytes.count {
      #expect(Reader.read(bytes.cut(at: index), as: .request) == expected, "cut at \(index)")
    }
    #expect(Reader.read(bytes.singles, as: .request) == expected)
    // One byte less is no message, one more is left.
    #expect(Reader.read([bytes.dropLast()], as: .request) == .incomplete)
    let more = Reader.read([bytes + Array("G".utf8)], as: .request)
    #expect(more.message == Reader.read([bytes], as: .request).message)
    #expect(more != expected)
  }

  @Test func `The authority of a target counts, and not the Host field`() throws {
    let bytes = "GET http://a:81/ HTTP/1.1\nHost: b\n\n".wire
    let head = try bytes.withUnsafeBytes { try RequestHead($0) }
    #expect(head.host == "a:81")
    #expect(head.targetForm == .url)
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\n", false), ("HTTP/1.0", "", false),
    ("HTTP/1.0", "Connection: Keep-Alive\n", true),
    ("HTTP/1.1", "Connection: x, CLOSE\nConnection: keep-alive\n", false),
    ("HTTP/1.0", "Connection: keep-alive, close\n", false),
    ("HTTP/1.1", "Connection: closed\n", true),
  ])
  func `Whether a connection is kept is said by the version and by Connection`(
    version: String, fields: String, isKept: Bool
  ) throws {
    let bytes = "GET / \(version)\nHost: a\n\(fields)\n".wire
    #expect(try bytes.withUnsafeBytes { try RequestHead($0) }.persists == isKept)
  }

  @Test func `An upgrade counts in HTTP/1.1, with its option in Connection, and without a body`()
    throws
  {
    func asks(_ version: String, _ fields: String) throws -> Bool {
      let bytes = "GET / \(version)\nHost: a\n\(fields)\n".wire
      return try bytes.withUnsafeBytes { try RequestHead($0) }.asksForUpgrade
    }
    #expect(try asks("HTTP/1.1", "Upgrade: websocket\nConnection: keep-alive, Upgrade\n"))
    #expect(try !asks("HTTP/1.0", "Upgrade: websocket\nConnection: Upgrade\n"))
    #expect(try !asks("HTTP/1.1", "Upgrade: websocket\n"))
    #expect(try !asks("HTTP/1.1", "Upgrade: websocket\nConnection: Upgrade\nContent-Length: 44\n"))
  }

  @Test func `A head that comes slowly is looked through once`() throws {
    let bytes = "GET / HTTP/1.1\nHost: a\nX: \(String(repeating: "y", count: 30_000))\n\n".wire
    var scanner = HeadScanner(.request, .request)
    for count in 1..<bytes.count {
      let found = try bytes[..<count].withUnsafeBytes { try scanner.find(in: $0) }
      #expect(found == nil)
    }
    #expect(try bytes.withUnsafeBytes { try scanner.find(in: $0) }?.end == bytes.count)
  }
}
