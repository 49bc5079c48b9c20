// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import Testing

@testable import HTTP2Core

@Suite struct HTTP2SessionTests {
  private static let sum = HTTPField.Name.eTag

  @Test(arguments: [Int.max, 16, 1])
  func `A request and its answer, with bodies and trailers both ways, in pieces of any size`(
    size: Int
  ) throws {
    let pair = try Pair()
    var request = HTTP2Request.post
    request.fields = [.accept: "*/*", .cookie: "a=b"]
    let stream = try pair.client.request(request, hasBody: true)
    try pair.client.write(stream, Array("hello, ".utf8)[...])
    try pair.client.write(stream, Array("server".utf8)[...])
    try pair.client.finish(stream, trailers: [Self.sum: "1"])
    let asked = try pair.talk(inPiecesOf: size).server.filter { $0 != .settings }
    #expect(asked.first == .request(stream, request, isLast: false))
    #expect(Self.body(asked, of: stream) == "hello, server")
    #expect(asked.suffix(2) == [.trailers(stream, [Self.sum: "1"]), .end(stream)])

    try pair.server.respond(stream, status: 103, [.server: "</a.css>"], hasBody: false)
    try pair.server.respond(stream, status: 200, [.server: "s"], hasBody: true)
    try pair.server.write(stream, Array("hello, client".utf8)[...])
    try pair.server.finish(stream, trailers: [Self.sum: "2"])
    let answered = try pair.talk(inPiecesOf: size).client.filter { $0 != .settings }
    #expect(
      answered.prefix(2) == [
        .response(stream, status: 103, [.server: "</a.css>"], isLast: false),
        .response(stream, status: 200, [.server: "s"], isLast: false),
      ])
    #expect(Self.body(answered, of: stream) == "hello, client")
    #expect(
      answered.suffix(3) == [
        .trailers(stream, [Self.sum: "2"]), .end(stream), .closed(stream, .noError),
      ])
    #expect(pair.client.unsentBytes(of: stream) == 0)
  }

  @Test func `Without bodies the heads are the last`() throws {
    let pair = try Pair()
    let stream = try pair.client.request(.get(), hasBody: false)
    #expect(try pair.talk().server.contains(.request(stream, .get(), isLast: true)))
    try pair.server.respond(stream, status: 204, [:], hasBody: false)
    let events = try pair.talk().client
    #expect(events.contains(.response(stream, status: 204, [:], isLast: true)))
    #expect(events.contains(.closed(stream, .noError)))
  }

  @Test func `A body waits until there is more of it`() throws {
    let pair = try Pair()
    let stream = try pair.client.request(.post, hasBody: true)
    #expect(Self.body(try pair.talk().server, of: stream).isEmpty)
    try pair.client.write(stream, [65])
    #expect(Self.body(try pair.talk().server, of: stream) == "A")
    try pair.client.write(stream, [66])
    try pair.client.finish(stream)
    let events = try pair.talk().server
    #expect(Self.body(events, of: stream) == "B" && events.last == .end(stream))
  }

  @Test func `A reader that is slow holds up its own stream, and no other`() throws {
    let pair = try Pair()
    let (slow, quick) = (
      try pair.client.request(.get("/slow"), hasBody: false),
      try pair.client.request(.get("/quick"), hasBody: false)
    )
    _ = try pair.talk()
    let megabyte = [UInt8](repeating: 1, count: 1 << 20)
    for stream in [slow, quick] {
      try pair.server.respond(stream, status: 200, [:], hasBody: true)
      try pair.server.write(stream, megabyte[...])
      try pair.server.finish(stream)
    }
    var (received, last): ([StreamID: Int], [HTTP2Event]) = ([:], [])
    repeat {
      last = try pair.talk().client
      for case .data(let stream, let bytes) in last {
        received[stream, default: 0] += bytes.count
        if stream == quick { try pair.client.consume(stream, bytes.count) }
      }
    } while !last.isEmpty
    #expect(received == [slow: 128 << 10, quick: 1 << 20])
    #expect(pair.server.unsentBytes(of: slow) == (1 << 20) - (128 << 10))
    try pair.client.consume(slow, 128 << 10)
    let more = try pair.talk().client.reduce(0) { sum, event in
      if case .data(slow, let bytes) = event { sum + bytes.count } else { sum }
    }
    #expect(more == 128 << 10)
  }

  @Test func `Streams above the last that a server takes were not processed`() throws {
    let pair = try Pair()
    let first = try pair.client.request(.get(), hasBody: false)
    _ = try pair.talk()
    let late = try pair.client.request(.get("/late"), hasBody: false)
    // The request is on its way as the server says so.
    _ = try pair.client.send()
    try pair.server.goAway()
    let events = try pair.client.receive(try pair.server.send())
    #expect(events.contains(.goAway(last: first, .noError)))
    #expect(events.contains(.closed(late, .refusedStream)))
    #expect(throws: HTTP2Error.noNewStreams) { try pair.client.request(.get(), hasBody: false) }
    // What was begun goes on.
    try pair.server.respond(first, status: 200, [:], hasBody: false)
    #expect(try pair.talk().client.contains(.response(first, status: 200, [:], isLast: true)))
  }

  @Test func `A stream that is reset is over for both, with the reason`() throws {
    let pair = try Pair()
    let stream = try pair.client.request(.post, hasBody: true)
    _ = try pair.talk()
    try pair.client.reset(stream, .cancel)
    #expect(try pair.talk().server.contains(.closed(stream, .cancel)))
  }

  @Test func `An answer that is whole stands, though the server then wants no more of the request`()
    throws
  {
    let client = try HTTP2Session(.client)
    let stream = try client.request(.post, hasBody: true)
    _ = try client.send()
    // :status 200, by its index.
    let bytes =
      Frame.settings + Frame.frame(1, 4, 1, [0x88]) + Frame.frame(0, 1, 1, [104, 105])
      + Frame.frame(3, 0, 1, [0, 0, 0, 0])
    let events = try client.receive(bytes)
    #expect(
      events == [
        .settings, .response(stream, status: 200, [:], isLast: false), .data(stream, [104, 105]),
        .end(stream), .closed(stream, .noError),
      ])
  }

  @Test func `Cookies that come in crumbs are one field`() throws {
    let server = try HTTP2Session(.server)
    let events = try server.receive(
      Frame.preface + Frame.settings
        + Frame.headers(1, Frame.get + [("cookie", "a=b"), ("x", "y"), ("cookie", "c=d")]))
    guard case .request(_, let request, _) = events.last else {
      Issue.record("\(events)")
      return
    }
    #expect(request.fields[.cookie] == "a=b; c=d")
  }

  @Test func `A ping is answered`() throws {
    let pair = try Pair()
    _ = try pair.talk()
    try pair.client.ping()
    #expect(try pair.talk().client == [.pingAnswered])
  }

  @Test(arguments: [
    HTTP2Request(method: "G T", scheme: "https", authority: "a", path: "/"),
    HTTP2Request(method: "GET", scheme: "https", authority: "a\r\nb", path: "/"),
    HTTP2Request(method: "GET", scheme: "https", authority: "a", path: "/ x"),
    HTTP2Request(method: "GET", scheme: "https", authority: "a", path: "x"),
    HTTP2Request(method: "GET", scheme: "ht\ntp", authority: "a", path: "/"),
  ])
  func `A request that would be read as more is not sent`(request: HTTP2Request) throws {
    let client = try HTTP2Session(.client)
    #expect(throws: HTTP2Error.self) { try client.request(request, hasBody: false) }
  }

  private static func body(_ events: [HTTP2Event], of stream: StreamID) -> String {
    var body: [UInt8] = []
    for case .data(stream, let bytes) in events { body += bytes }
    return String(decoding: body, as: UTF8.self)
  }
}
