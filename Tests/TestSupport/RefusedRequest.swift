// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A request that must be refused, since another reader could see another message in it, and how.
///
/// The list of what is known to have been used for smuggling and splitting, with the numbers under which faults of other servers were
/// published: h11 CVE-2025-43859, Go CVE-2025-22871, Kestrel CVE-2025-55315, and many without a number.
public struct RefusedRequest: CustomStringConvertible, Sendable {
  /// The request, as `wire` of a text reads it.
  public let text: String
  /// The statuses with which it may be refused.
  public let statuses: Set<Int>

  /// The text, with what cannot be seen.
  public var description: String { text.debugDescription }

  private init(_ text: String, _ statuses: Set<Int>) {
    self.text = text
    self.statuses = statuses
  }

  /// With these fields, and a body that hides a second request.
  private static func fields(_ fields: String, _ statuses: Int...) -> RefusedRequest {
    RefusedRequest(
      "POST /a HTTP/1.1\nHost: a\n\(fields)\n\n5\nhello\n0\n\nGET /admin HTTP/1.1\nHost: a\n\n",
      statuses.isEmpty ? [400] : Set(statuses))
  }

  /// A request line, with a valid Host.
  private static func line(_ line: String, _ statuses: Int...) -> RefusedRequest {
    RefusedRequest("\(line)\nHost: a\n\n", statuses.isEmpty ? [400] : Set(statuses))
  }

  private static func whole(_ text: String, _ statuses: Int...) -> RefusedRequest {
    RefusedRequest(text, statuses.isEmpty ? [400] : Set(statuses))
  }

  /// A body in chunks.
  private static func chunks(_ chunks: String, _ statuses: Int...) -> RefusedRequest {
    RefusedRequest(
      "POST /a HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n\(chunks)",
      statuses.isEmpty ? [400] : Set(statuses))
  }

  /// Wrong lengths.
  public static let lengths: [RefusedRequest] =
    [
      .fields("Content-Length: 5\nTransfer-Encoding: chunked"),
      .fields("Transfer-Encoding: chunked\nContent-Length: 5"),
      .fields("Content-Length: 0\nContent-Length: 44"),
      .fields("Content-Length: 5\nContent-Length: 5"),
      .fields("Content-Length : 5"), .fields("Content-Length{HT}: 5"),
      .fields("Content-Length: 5{CR}X: y"), .fields("X: y{LF}Content-Length: 5"),
      .fields("Content{NUL}-Length: 5"), .fields("Content-Length"),
      .whole("GET / HTTP/1.1\n Content-Length: 5\nHost: a\n\n"),
      .whole("GET / HTTP/1.1\n{HT}Content-Length: 5\nHost: a\n\n"),
    ]
    + [
      "5, 5", "5,6", "5, 5, 5", "5,", ",5", "+5", "-0", "-5", "0x5", "5_0", "5.0", "5 5", "", "5;",
      "18446744073709551621", "9223372036854775808", "123456789012345678901234567890", "five",
      "5{NUL}",
      "{0xB5}",
    ].map { .fields("Content-Length: \($0)") }

  /// Wrong transfer codings.
  public static let codings: [RefusedRequest] =
    ["xchunked", "chunked-false", "\"chunked\"", "chunked;x=1", "gzip, chunked"].map {
      .fields("Transfer-Encoding: \($0)", 400, 501)
    }
    + [
      "chunked, identity", "identity", "chunked, gzip", "chunked, chunked", "", ",", "{VT}chunked",
      "chunked{NUL}", "{CR}chunked",
    ].map { .fields("Transfer-Encoding: \($0)") } + [
      .fields("Transfer-Encoding: chunked\nTransfer-Encoding: chunked"),
      .fields("Transfer-Encoding: chunked\nTransfer-Encoding: identity"),
      .fields("Transfer-Encoding : chunked"), .fields("Transfer-Encoding:\n chunked"),
      .whole("OPTIONS * HTTP/1.1\nHost: a\nTransfer-Encoding:\n chunked\n\n"),
      .whole("POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n"),
      .fields("Connection: close, Content-Length\nContent-Length: 5"),
      .fields("Connection: Transfer-Encoding\nTransfer-Encoding: chunked"),
      .fields("Connection: authorization"),
    ]

  /// Wrong first lines.
  public static let lines: [RefusedRequest] =
    [
      "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET{HT}/{HT}HTTP/1.1", "GET / HTTP/1.1 ",
      "GET / HTTP/1.10",
      "GET / HTTP/1", "GET / http/1.1", "GET / HTTP/1.1{NUL}", "GET /x", "GET", " GET / HTTP/1.1",
      "GET /a b HTTP/1.1", "GET /a#b HTTP/1.1", "GET a HTTP/1.1", "GET * HTTP/1.1",
      "CONNECT / HTTP/1.1",
      "CONNECT a HTTP/1.1", "OPTIONS *a HTTP/1.1", "GET /{0x80} HTTP/1.1", "GET /{NUL} HTTP/1.1",
      "G@T / HTTP/1.1", "GET http:// HTTP/1.1", "GET http:///x HTTP/1.1",
      "GET http://u@a/ HTTP/1.1",
      "GET ftp://a/ HTTP/1.1", "GET / HTTP/1.x", "GET / HTP/1.1", "GET /{CR} HTTP/1.1",
      "\(String(repeating: "M", count: 33)) / HTTP/1.1",
    ].map { .line($0) } + [
      .line("GET / HTTP/2.0", 505), .line("GET / HTTP/0.9", 505),
      .line("GET /\(String(repeating: "a", count: 8192)) HTTP/1.1", 414),
      .whole("GET /x{LF}Host: a\n\n"), .whole("GET / HTTP/1.1{LF}Host: a\n\n"),
      .whole("\n\nGET / HTTP/1.1\nHost: a\n\n"), .whole("{LF}GET / HTTP/1.1\nHost: a\n\n"),
      .whole("GET / HTTP/1.1\nHost: a{LF}{LF}"), .whole("GET / HTTP/1.1\nHost: a\n{LF}"),
      .whole("GET / HTTP/1.1\nHost: a{LF}\n"),
    ]

  /// Wrong fields.
  public static let fieldLines: [RefusedRequest] =
    [
      "X: a{NUL}b", "X: a{DEL}b", "X:{VT}a", "X Y: a", ": a", "X{0xE9}: a", "X", "X: a\n b",
      "(X): a",
      "X: a{CR}", "X: a{CR}{CR}",
    ].map { .fields($0) } + [
      .whole("GET / HTTP/1.1\nHost: a\nHost: b\n\n"),
      .whole("GET / HTTP/1.1\nHost: a\nHost: a\n\n"),
      .whole("GET / HTTP/1.1\nX: a\n\n"),
      .fields(String(repeating: "X: y\n", count: 100) + "X: y", 431),
      .fields("X: \(String(repeating: "y", count: 33_000))", 431),
      .fields("Expect: 200-ok", 417),
    ]
    + [
      "a b", "a,b", "a/b", "u@a", "a:b", "a:123456", "[::1", "[]", "::1", "a?b", "a#b", "a\\b",
      "a\"b",
    ].map {
      .whole("GET / HTTP/1.1\nHost: \($0)\n\n")
    }

  /// Wrong chunks.
  public static let bodies: [RefusedRequest] =
    ["0x5", "+5", "-5", " 5", "5 ", "5{HT}", "", "G", "00000000000000000005", "FFFFFFFFFFFFFFFF"]
    .map {
      .chunks("\($0)\nhello\n0\n\n")
    } + [
      .chunks("10000000000000000\nhello\n0\n\n"), .chunks("5{LF}hello\n0\n\n"),
      .chunks("5;a{LF}bbb\nhello\n0\n\n"), .chunks("5;a{CR}b\nhello\n0\n\n"),
      .chunks("5;{NUL}\nhello\n0\n\n"), .chunks("5;=x\nhello\n0\n\n"),
      .chunks("5;a b\nhello\n0\n\n"),
      .chunks("5;\nhello\n0\n\n"), .chunks("5;a=\nhello\n0\n\n"), .chunks("5;a=\"x\nhello\n0\n\n"),
      .chunks("5;a \nhello\n0\n\n"), .chunks("5;a=\"x\" \nhello\n0\n\n"),
      .chunks("5;\(String(repeating: "a", count: 20_000))\nhello\n0\n\n"),
      .chunks(
        String(repeating: "1;\(String(repeating: "a", count: 200))\nx\n", count: 10_000) + "0\n\n"),
      .chunks("5\nhelloXX0\n\n"), .chunks("5\nhello!\n0\n\n"), .chunks("5\nhello{LF}0\n\n"),
      .chunks("5\nhello{CR}x0\n\n"), .chunks("0{LF}{LF}"), .chunks("0\n{LF}"), .chunks("0{LF}\n"),
      .chunks("0\nX: y\nGET /admin HTTP/1.1\nHost: a\n\n"),
      .chunks("0\n X: y\n\n"), .chunks("0\nX : y\n\n"), .chunks("0\nX: y{LF}\n"),
      .chunks("0\nX: \(String(repeating: "y", count: 40_000))\n\n", 431),
      .chunks("0\n\(String(repeating: "X: y\n", count: 101))\n", 431),
    ]

  /// All of them.
  public static let all = lengths + codings + lines + fieldLines + bodies
}
