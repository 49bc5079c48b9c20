// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import TestSupport
import Testing

@testable import HTTPCore

@Suite struct ResponseTests {
  private func read(
    _ text: String, isHead: Bool = false, isLast: Bool = true
  ) -> Verdict {
    let bytes = text.wire
    let whole = Reader.read([bytes], as: .response(isHead: isHead), isLast: isLast)
    let singly = Reader.read(bytes.singles, as: .response(isHead: isHead), isLast: isLast)
    #expect(whole == singly)
    for index in 1..<max(1, bytes.count) {
      let cut = Reader.read(bytes.cut(at: index), as: .response(isHead: isHead), isLast: isLast)
      #expect(cut == whole, "cut at \(index)")
    }
    return whole
  }

  @Test(arguments: [
    "HTTP/1.1 200\n\n", "HTTP/1.1 200 \n\n", "HTTP/1.1 200 OK then\n\n",
    "HTTP/1.0 200 r{0xE9}ason\n\n",
  ])
  func `A status line is legal with and without its last parts`(text: String) {
    #expect(read(text).message?.line == "200")
  }

  @Test(arguments: [
    "HTTP/1.1  200 OK\n\n", "HTTP/1.1 20 OK\n\n", "HTTP/1.1 2000 OK\n\n", "HTTP/1.1 600 OK\n\n",
    "HTTP/1.1 099 OK\n\n", "HTTP/1.1 +20 OK\n\n", "HTTP/1.1200 OK\n\n", "http/1.1 200 OK\n\n",
    "ICY 200 OK\n\n", "\nHTTP/1.1 200 OK\n\n", "HTTP/1.1 200 a{NUL}\n\n", "HTTP/1.1 200 a{CR}b\n\n",
    "HTTP/1.1 200 OK{LF}X: y\n\n", "HTTP/1.1 200 OK\nX : y\n\n", "HTTP/1.1 200 OK\n X: y\n\n",
    "HTTP/2 200\n\n", "HTTP/2.0 200 OK\n\n", "\u{16}\u{3}\u{1}", "HTTP/1.1 200 OK\nX: a{NUL}\n\n",
    "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 20\n\nabc",
    "HTTP/1.1 200 OK\nContent-Length: 20\nContent-Length: 3\n\nabc",
    "HTTP/1.1 200 OK\nContent-Length: 3, 4\n\nabc", "HTTP/1.1 200 OK\nContent-Length: -3\n\nabc",
    "HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n0\n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, chunked\n\n0\n\n",
    "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n0\n\n",
    "HTTP/1.1 200 OK\nContent-Length: 4\n\nabc",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc", "HTTP/1.1 200 OK\nX: y\n",
  ])
  func `What is no response, is cut off or has two lengths is an error`(text: String) {
    #expect(read(text).isRefused)
  }

  @Test func `Lengths that are the same are one`() {
    #expect(
      read("HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 3, 3\n\nabc").message?.body
        == "abc".wire)
  }

  @Test(arguments: ["100 Continue", "103 Early Hints", "204 No Content", "304 Not Modified"])
  func `Some responses have no body, whatever their length says`(status: String) {
    let verdict = read("HTTP/1.1 \(status)\nContent-Length: 100\n\nabc", isLast: false)
    guard case .message(let message, let rest) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(message.body.isEmpty && rest == 3)
  }

  @Test func `An answer to HEAD has no body, and no bad length`() {
    #expect(read("HTTP/1.1 200 OK\nContent-Length: 100\n\n", isHead: true).message?.body == [])
  }

  @Test func `Without a length the body goes to the end of the connection`() {
    #expect(read("HTTP/1.1 200 OK\n\nall of it").message?.body == "all of it".wire)
    #expect(read("HTTP/1.1 200 OK\n\nall of it", isLast: false) == .incomplete)
  }

  @Test func `Folded lines are put together`() {
    let message = read(
      "HTTP/1.1 200 OK\nX-Long: one\n two\n{HT}three\nY:\n boundary=abc\nZ: a\n Injected: b\n"
        + "Content-Length: 0\n\n"
    ).message
    #expect(
      message?.fields == [
        "X-Long: one   two  \tthree", "Y: boundary=abc", "Z: a   Injected: b", "Content-Length: 0",
      ])
  }

  @Test func `A value keeps bytes that are not UTF-8`() throws {
    let bytes = "HTTP/1.1 200 OK\nX: r{0xE9}sum{0xE9}\n\n".wire
    let head = try bytes.withUnsafeBytes { try ResponseHead($0) }
    let value = try #require(head.fields.first)
    #expect(value.withUnsafeBytesOfValue { Array($0) } == "r{0xE9}sum{0xE9}".wire)
  }

  @Test func `Trailers stay apart from the head, and cannot say what the head has to`() {
    let message = read(
      "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n"
        + "Content-Length: 99999999999\nSet-Cookie: a=b\nX-Trailer: t\n\n"
    ).message
    #expect(message?.fields == ["Transfer-Encoding: chunked"])
    #expect(message?.trailers == ["X-Trailer: t"])
  }

  @Test(arguments: [100, 101, 103, 199, 200])
  func `All of 1xx but a switch of protocols are informational`(status: Int) throws {
    let bytes = "HTTP/1.1 \(status) X\n\n".wire
    let head = try bytes.withUnsafeBytes { try ResponseHead($0) }
    #expect(head.isInformational == (status < 200 && status != 101))
  }

  @Test func `Nothing but no body follows a tunnel`() throws {
    let bytes = "HTTP/1.1 200 OK\nContent-Length: 5\n\n".wire
    let head = try bytes.withUnsafeBytes { try ResponseHead($0) }
    #expect(try head.framing(isHead: false, isConnect: true) == .none)
  }

  @Test func `A chunk may be larger than what has come of it`() {
    let body = [UInt8](repeating: 7, count: 100_000)
    let bytes =
      "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n186a0\n".wire + body + "\n0\n\n".wire
    let pieces = stride(from: 0, to: bytes.count, by: 1000).map {
      Array(bytes[$0..<min(bytes.count, $0 + 1000)])
    }
    #expect(Reader.read(pieces, as: .response(isHead: false)).message?.body == body)
  }
}
