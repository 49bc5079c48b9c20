// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import HTTPTypes
import TestSupport
import Testing

/// Requests that are passed on.
@Suite(.timeLimit(.minutes(2))) struct ReverseProxyTests {
  /// A proxy in front of a scripted server.
  private static func run(
    replacing prefix: String = "", path: String = "",
    _ serve: @escaping @Sendable (TCPStream) async throws -> Void,
    _ body: (ServedHere) async throws -> Void
  ) async throws {
    try await ScriptedServer.run(serve) { (behind: ScriptedServer) async throws in
      let proxy = try ReverseProxy(
        to: "http://127.0.0.1:\(behind.port)\(path)", replacing: prefix)
      try await ServedHere.run({ request in
        try await proxy.response(for: request)
      }) { (here: ServedHere) async throws in try await body(here) }
    }
  }

  @Test func `A client that goes in the middle of its body ends the request behind, too`() throws {
    try onLoop { () async throws in
      let (begun, ended) = (AsyncEvent(), AsyncEvent())
      try await Self.run({ stream in
        _ = try await stream.requestHead()
        begun.set()
        // Cut off, and not ended in order.
        do { _ = try await stream.readExactly(100_000) } catch { ended.set() }
      }) { (here: ServedHere) async throws in
        for isReset in [true, false] {
          begun.clear()
          ended.clear()
          let stream = try await here.connect()
          try await stream.write(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nonly this")
          try await begun.wait()
          if isReset { stream.abort() } else { await stream.close() }
          try await ended.wait()
        }
        while here.server.connectionCount > 0 { await Task.yield() }
      }
    }
  }

  @Test func `An answer that comes before the body was read is passed on`() throws {
    try onLoop { () async throws in
      try await Self.run({ stream in
        _ = try await stream.requestHead()
        try await stream.respond("too large", status: "413 Content Too Large")
        await stream.close()
      }) { (here: ServedHere) async throws in
        let client = HTTPClient()
        for _ in 0..<3 {
          let large = [UInt8](repeating: 1, count: 3_000_000)
          let answer = try await client.post(here.url, .bytes(large))
          #expect(answer.status == .contentTooLarge)
        }
        let kept = try await here.connect()
        try await kept.write(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nonly twenty bytes...")
        #expect(try await kept.answer()?.status.hasPrefix("413") == true)
        kept.abort()
      }
    }
  }

  @Test(arguments: [
    ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "200"),
    ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: -5\r\n\r\n", "304"),
    ("GET", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "502"),
    ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "502"),
    ("GET", "nonsense\r\n\r\n", "502"), ("GET", "", "502"),
  ]) func `What is wrong with an answer is no trouble of the proxy`(
    method: String, answer: String, status: String
  ) throws {
    try onLoop { () async throws in
      try await Self.run({ stream in
        _ = try await stream.requestHead()
        try await stream.write(answer)
      }) { (here: ServedHere) async throws in
        let text = try await here.exchange(
          "\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
      }
    }
  }

  @Test(
    arguments: [
      ("GET", "/pub/x?q", "/public/x?q"), ("GET", "/%70ub/x", "/public/x"),
      ("GET", "/pub", "/public/"),
      ("GET", "/pubs", "/pubs"), ("GET", "/pub/%41%2525", "/public/%41%2525"),
      ("GET", "/pub/../secret", nil), ("GET", "/pub/%2e%2e/secret", nil),
      ("GET", "/pub/a%2f..%2f", nil), ("GET", "/pub/a%5cb", nil), ("DELETE", "/pub/x", "/public/x"),
    ] as [(String, String, String?)])
  func `A path takes the place of another, and leads nowhere else`(
    method: String, path: String, expected: String?
  ) throws {
    try onLoop { () async throws in
      try await Self.run(
        replacing: "/pub", path: "/public/",
        { stream in
          let line = try await stream.requestHead().prefix { $0 != "\r\n" }
          try await stream.respond(String(line), "Connection: close\r\n")
          await stream.close()
        }
      ) { (here: ServedHere) async throws in
        // A wish for another protocol changes nothing of a request that is no GET.
        let upgrade = method == "GET" ? "" : "Connection: upgrade\r\nUpgrade: other\r\n"
        let stream = try await here.connect()
        try await stream.write("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(upgrade)\r\n")
        let head = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
        let answer = try #require(RawAnswer(head))
        if let expected {
          let length = try #require(answer.fields["content-length"].flatMap { Int($0) })
          let body = String(decoding: try await stream.readExactly(length), as: UTF8.self)
          #expect(body == "\(method) \(expected) HTTP/1.1")
        } else {
          #expect(answer.status == "400 Bad Request")
        }
        stream.abort()
      }
    }
  }

  @Test func `Fields of one connection are left out, and the client is told of`() throws {
    try onLoop { () async throws in
      try await Self.run({ stream in
        let head = try await stream.requestHead()
        try await stream.respond(
          head, "Connection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nX-Yours: 2\r\n")
        await stream.close()
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(
          "GET / HTTP/1.1\r\nHost: front.example\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
            + "TE: trailers\r\nX-Forwarded-For: 10.0.0.1\r\nX-End: 2\r\n\r\n")
        let answer = try #require(try await stream.answer())
        #expect(answer.fields["x-mine"] == nil && answer.fields["keep-alive"] == nil)
        #expect(answer.fields["x-yours"] == "2")
        let asked = try #require(RawAnswer("HTTP/1.1 " + answer.body.drop { $0 != "\r\n" }))
        #expect(asked.fields["x-hop"] == nil && asked.fields["te"] == nil)
        #expect(asked.fields["x-end"] == "2" && asked.fields["user-agent"] == nil)
        #expect(asked.fields["x-forwarded-for"] == "10.0.0.1, 127.0.0.1")
        #expect(asked.fields["x-forwarded-host"] == "front.example")
        stream.abort()
      }
    }
  }
}
