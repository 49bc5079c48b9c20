// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import TestSupport
import Testing

@testable import HTTPCore

@Suite struct EncoderTests {
  private func request(
    method: String = "GET", target: String = "/", host: String = "a", fields: HTTPFields = [:],
    framing: BodyFraming = .none
  ) throws -> [UInt8] {
    var encoder = HeadEncoder()
    try encoder.appendRequest(
      method: method, target: target, host: host, fields: fields, framing: framing)
    return encoder.take()
  }

  @Test func `What is written is read as it was meant`() throws {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .accept, value: "*/*"))
    fields.append(HTTPField(name: .cookie, lenientValue: [0xE9, 0x41]))
    let bytes = try request(
      method: "POST", target: "/a?b", host: "[::1]:80", fields: fields, framing: .length(5))
    let verdict = Reader.read([bytes + "hello".wire], as: .request)
    #expect(verdict.message?.line == "POST /a?b")
    #expect(
      verdict.message?.fields == [
        "Host: [::1]:80", "Accept: */*", "Cookie: \u{FFFD}A", "Content-Length: 5",
      ])
    #expect(verdict.message?.body == "hello".wire)
  }

  @Test func `Fields of framing are those of the encoder`() throws {
    let fields: HTTPFields = [.contentLength: "7", .transferEncoding: "gzip"]
    let text = String(decoding: try request(fields: fields, framing: .chunked), as: UTF8.self)
    #expect(text == "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
  }

  @Test func `Chunks and trailers are read as they were meant`() throws {
    var encoder = HeadEncoder()
    try encoder.appendResponse(status: 200, reason: "OK", fields: [:], framing: .chunked)
    encoder.appendChunkSize(26)
    var bytes = encoder.take() + [UInt8](repeating: 65, count: 26) + "\n".wire
    try encoder.appendLastChunk([.init("X-Sum")!: "1"])
    bytes += encoder.take()
    let message = Reader.read([bytes], as: .response(isHead: false)).message
    #expect(message?.body == [UInt8](repeating: 65, count: 26))
    #expect(message?.trailers == ["X-Sum: 1"])
  }

  @Test(arguments: ["/a b", "/a\r\nX: y", "", "/\u{E9}", "/a\0", "/a#b"])
  func `A target that would be read as more is not written`(target: String) {
    #expect(throws: HeadEncodingError.malformedTarget(target)) { try request(target: target) }
  }

  @Test(arguments: ["a\r\nX: y", "a b", "", "a/b", "a\0.example", "u@a", "a:b"])
  func `A host that would be read as more is not written`(host: String) {
    #expect(throws: HeadEncodingError.malformedHost(host)) { try request(host: host) }
  }

  @Test(arguments: ["G ET", "GET\r\n", "", "GÉT"])
  func `A method that would be read as more is not written`(method: String) {
    #expect(throws: HeadEncodingError.malformedMethod(method)) { try request(method: method) }
  }

  @Test func `A reason that would be read as more is not written, and nothing of its head`() {
    var encoder = HeadEncoder()
    #expect(throws: HeadEncodingError.malformedReason("OK\r\nX: y")) {
      try encoder.appendResponse(status: 200, reason: "OK\r\nX: y", fields: [:], framing: .none)
    }
    #expect(encoder.bytes.isEmpty)
  }
}
