// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import HTTPTypes
import TestSupport
import Testing

/// What the server writes and reads, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct ServerTests {
  private static let hello: HTTPServer.Handler = { _ in .text("hello") }

  @Test func `A request is answered, and the connection is kept`() throws {
    try onLoop {
      try await ServedHere.run(Self.hello) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        for _ in 0..<3 {
          try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          let answer = try #require(try await stream.answer())
          #expect(answer.status == "200 OK")
          #expect(answer.body == "hello")
          #expect(answer.fields["content-type"] == "text/plain; charset=utf-8")
          #expect(answer.fields["content-length"] == "5")
          #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
          #expect(answer.fields["connection"] == nil)
        }
        await stream.close()
      }
    }
  }

  @Test func `Requests in one segment are answered in order`() throws {
    try onLoop {
      try await ServedHere.run({ request in
        if request.path == "/slow" { try await sleep(for: .milliseconds(5)) }
        return .text(request.path)
      }) { (here: ServedHere) async throws in
        let all = try await here.exchange(
          ["/slow", "/b", "/c"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            + "GET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let bodies = all.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
        #expect(bodies == ["/slow", "/b", "/c", "/d"])
      }
    }
  }

  @Test func `A handler echoes a body while it comes`() throws {
    try onLoop {
      try await ServedHere.run({ request in
        .stream(contentType: "text/plain") { writer in
          for try await piece in request.body { try await writer.write(piece) }
          writer.trailers = [.of("X-Count"): "2"]
        }
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let head = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
        #expect(head.contains("Transfer-Encoding: chunked"))
        try await stream.write("3\r\nabc\r\n")
        #expect(try await stream.readExactly(8) == Array("3\r\nabc\r\n".utf8))
        try await stream.write("2\r\nde\r\n0\r\n\r\n")
        let rest = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
        #expect(rest == "2\r\nde\r\n0\r\nX-Count: 2\r\n\r\n")
        await stream.close()
      }
    }
  }

  @Test func `HEAD gets the head of GET`() throws {
    try onLoop {
      try await ServedHere.run(Self.hello) { (here: ServedHere) async throws in
        let answer = try await here.exchange(
          "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(answer.contains("Content-Length: 5\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
      }
    }
  }

  @Test func `What a handler throws becomes a status, and the connection survives`() throws {
    struct Fault: Error {}
    try onLoop {
      try await ServedHere.run({ request in
        switch request.path {
        case "/typed": throw StatusError(.conflict, "sold out", headers: [.retryAfter: "5"])
        case "/json": return try await .json(request.json(as: [Int].self))
        default: throw Fault()
        }
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await stream.answer()?.status == "500 Internal Server Error")
        try await stream.write("GET /typed HTTP/1.1\r\nHost: a\r\n\r\n")
        let typed = try #require(try await stream.answer())
        #expect(typed.status == "409 Conflict")
        #expect(typed.body == "sold out\n")
        #expect(typed.fields["retry-after"] == "5")
        try await stream.write(
          "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n[1,2]")
        #expect(try await stream.answer()?.body == "[1,2]")
        try await stream.write(
          "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n[1,\"b\"]")
        #expect(try await stream.answer()?.status == "400 Bad Request")
        await stream.close()
      }
    }
  }

  @Test func `100 is said at the first read, and not at all if nothing is read`() throws {
    try onLoop {
      try await ServedHere.run({ request in
        if request.path == "/refuse" { throw StatusError(.unauthorized) }
        return .text(try await request.text())
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        let word = try await stream.readUntil("\r\n\r\n")
        #expect(String(decoding: word, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
        try await stream.write("ab")
        #expect(try await stream.answer()?.body == "ab")
        try await stream.write(
          "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        let refusal = try #require(try await stream.answer())
        #expect(refusal.status == "401 Unauthorized")
        #expect(refusal.fields["connection"] == "close")
        #expect(try await stream.readToEnd(limit: 1 << 20).isEmpty)
        await stream.close()
      }
    }
  }

  @Test(arguments: [
    ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", "414"),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", "431"),
    ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", "431"),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", "413"),
    ("GET / HTTP/1.1\r\n\r\n", "400"), ("GET / HTTP/2.5\r\nHost: a\r\n\r\n", "505"),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"),
    ("POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\nx", "417"),
  ]) func `What is too much, or wrong, has its status and ends the connection`(
    request: String, status: String
  ) throws {
    try onLoop {
      try await ServedHere.run(Self.hello) { (here: ServedHere) async throws in
        let answer = try await here.exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("Connection: close\r\n"))
      }
    }
  }

  @Test func `A body that is too large is an error of its reader, also without a length`() throws {
    var configuration = HTTPServer.Configuration()
    configuration.limits.body = 1000
    try onLoop { [configuration] in
      try await ServedHere.run(
        configuration: configuration,
        { request in
          .text(try await request.text())
        }
      ) { (here: ServedHere) async throws in
        let chunk = "200\r\n\(String(repeating: "x", count: 512))\r\n"
        let answer = try await here.exchange(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.contains("Connection: close\r\n"))
      }
    }
  }

  @Test func `A server that stops serves those who were connected, and closes idle ones`() throws {
    try onLoop {
      let (begun, go) = (AsyncEvent(), AsyncEvent())
      try await ServedHere.run({ request in
        if request.path == "/begun" {
          begun.set()
          try await go.wait()
        }
        return .text(request.isDraining ? "draining" : "serving")
      }) { (here: ServedHere) async throws in
        let (idle, silent, busy) = (
          try await here.connect(), try await here.connect(), try await here.connect()
        )
        try await idle.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await idle.answer()?.body == "serving")
        try await busy.write("GET /begun HTTP/1.1\r\nHost: a\r\n\r\n")
        try await begun.wait()
        // The system has accepted these, and the server has not seen them.
        var late: [TCPStream] = []
        for _ in 0..<20 { late.append(try await here.connect()) }
        for stream in late { try await stream.write("GET /late HTTP/1.1\r\nHost: a\r\n\r\n") }
        let stopping = createTask { await here.server.shutdown(grace: .seconds(100)) }
        #expect(try await idle.readToEnd(limit: 1).isEmpty)
        #expect(try await silent.readToEnd(limit: 1).isEmpty)
        for stream in late {
          let answer = try #require(try await stream.answer())
          #expect(answer.body == "draining")
          #expect(answer.fields["connection"] == "close")
        }
        await #expect(throws: (any Error).self) { try await here.connect() }
        go.set()
        #expect(try await busy.answer()?.body == "draining")
        #expect(try await stopping.value.cancelled.isEmpty)
        for stream in late + [idle, silent, busy] { await stream.close() }
      }
    }
  }

  @Test func `A client that goes cancels its handler`() throws {
    try onLoop {
      let (begun, cancelled) = (AsyncEvent(), AsyncEvent())
      try await ServedHere.run({ _ in
        begun.set()
        do {
          try await sleep(for: .seconds(1000))
        } catch {
          cancelled.set()
          throw error
        }
        return .ok
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await begun.wait()
        stream.abort()
        try await cancelled.wait()
      }
    }
  }

  @Test func `A client that has closed its half gets an answer that is there`() throws {
    try onLoop {
      try await ServedHere.run(Self.hello) { (here: ServedHere) async throws in
        let answer = try await here.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", half: true)
        #expect(answer.hasSuffix("\r\n\r\nhello"))
      }
    }
  }
}
