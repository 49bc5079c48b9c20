// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Clients that break the rules, are slow, or go.
@Suite(.timeLimit(.minutes(3))) struct HostileClientTests {
  /// Counts what handlers see.
  private final class Seen: Sendable {
    let paths = Mutex([String]())

    var handler: HTTPServer.Handler {
      { request in
        self.paths.withLock { $0.append(request.path) }
        return .text(String(try await request.body.collect().count))
      }
    }
  }

  /// Every vector, whole and byte by byte: refused with its status, and what is behind it never seen.
  @Test(arguments: [true, false]) func `What could be read as two messages ends the connection`(
    isWhole: Bool
  ) throws {
    try onLoop { () async throws in
      let seen = Seen()
      try await ServedHere.run(seen.handler) { (here: ServedHere) async throws in
        for request in RefusedRequest.all {
          let bytes = request.text.wire
          // Of the long ones the cuts say nothing new.
          if !isWhole, bytes.count > 1000 { continue }
          let stream = try await here.connect()
          let sending = createTask {
            if isWhole { return try await stream.write(bytes) }
            for byte in bytes {
              try await stream.write([byte])
              await Task.yield()
            }
          }
          var answer: [UInt8] = []
          do { answer = try await stream.readToEnd(limit: 1 << 20) } catch is IOError {}
          _ = await sending.result
          let text = String(decoding: answer, as: UTF8.self)
          let status = text.dropFirst("HTTP/1.1 ".count).prefix(3)
          // One that was cut off by the connection's end has seen no status.
          #expect(
            request.statuses.contains(Int(status) ?? 0) || answer.isEmpty,
            "\(request): \(text.prefix(100))")
          #expect(text.components(separatedBy: "HTTP/1.1 ").count <= 2, "\(request)")
          await stream.close()
        }
        #expect(seen.paths.withLock { $0.contains("/admin") } == false)
      }
    }
  }

  @Test func `A body that nobody reads is no request`() throws {
    let hidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
    try onLoop { () async throws in
      let seen = Mutex([String]())
      try await ServedHere.run({ request in
        seen.withLock { $0.append(request.path) }
        return .text("unread")
      }) { (here: ServedHere) async throws in
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
          let text = try await here.exchange(
            "\(method) /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
              + "GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
          #expect(text.components(separatedBy: "HTTP/1.1 200").count == 3)
        }
        #expect(Set(seen.withLock { $0 }) == ["/a", "/b"])
        // Too much to be dropped: the connection ends, and what follows is no request.
        let long = String(repeating: hidden, count: 100_000)
        let stream = try await here.connect()
        try await stream.write(
          "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(long.utf8.count)\r\n\r\n")
        let answer = try #require(try await stream.answer())
        #expect(answer.fields["connection"] == "close")
        let sending = createTask { try await stream.write(long + hidden) }
        do { #expect(try await stream.readToEnd(limit: 1000).isEmpty) } catch is IOError {}
        sending.cancel()
        _ = await sending.result
        await stream.close()
        #expect(Set(seen.withLock { $0 }) == ["/a", "/b"])
      }
    }
  }

  @Test func `A bad request behind good ones is refused after their answers`() throws {
    try onLoop { () async throws in
      let seen = Seen()
      try await ServedHere.run(seen.handler) { (here: ServedHere) async throws in
        let good = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
        let text = try await here.exchange(good + "GET /bad\u{7F} HTTP/1.1\r\n\r\n" + good)
        #expect(text.components(separatedBy: "HTTP/1.1 ").count == 3)
        #expect(text.contains("HTTP/1.1 400 Bad Request"))
        #expect(seen.paths.withLock { $0 } == ["/good"])
      }
    }
  }

  private static func impatient() -> HTTPServer.Configuration {
    var configuration = HTTPServer.Configuration()
    configuration.timeouts.firstByte = .milliseconds(300)
    configuration.timeouts.head = .milliseconds(300)
    configuration.timeouts.body = .milliseconds(300)
    configuration.timeouts.idle = .milliseconds(300)
    configuration.timeouts.write = .milliseconds(300)
    return configuration
  }

  @Test func `Each wait for a client ends`() throws {
    try onLoop { () async throws in
      let handler: HTTPServer.Handler = { request in
        if request.path == "/large" { return .bytes([UInt8](repeating: 1, count: 50 << 20)) }
        return .text(try await request.text())
      }
      try await ServedHere.run(configuration: Self.impatient(), handler) {
        (here: ServedHere) async throws in
        // Nothing was sent: closed without a word.
        #expect(try await here.exchange("") == "")
        #expect(try await here.exchange("GET / HTTP/1.1\r\nHost: ").hasPrefix("HTTP/1.1 408 "))
        let body = try await here.exchange(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        #expect(body.hasPrefix("HTTP/1.1 408 "))
        let idle = try await here.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(idle.hasPrefix("HTTP/1.1 200 ") && idle.components(separatedBy: "HTTP/").count == 2)
        // One that does not read is reset.
        let stream = try await here.connect()
        try await stream.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        while here.server.connectionCount == 0 { await Task.yield() }
        while here.server.connectionCount > 0 { await Task.yield() }
        var count = 0
        do {
          while case let piece = try await stream.read(), !piece.isEmpty { count += piece.count }
          Issue.record("ended in order after \(count) bytes")
        } catch is IOError {}
        stream.abort()
      }
    }
  }

  @Test func `A body that begins late is not the client's fault`() throws {
    try onLoop { () async throws in
      let late = AsyncEvent()
      try await ServedHere.run(
        configuration: Self.impatient(),
        { _ in
          .stream(contentType: "text/plain") { writer in
            try await late.wait()
            try await writer.write("late")
          }
        }
      ) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await stream.readUntil("\r\n\r\n")
        // Longer than a client may take to read.
        try await sleep(for: .milliseconds(450))
        late.set()
        #expect(try await stream.readUntil("0\r\n\r\n") == Array("4\r\nlate\r\n0\r\n\r\n".utf8))
        await stream.close()
      }
    }
  }

  @Test func `A server that is to stop in time can be told to stop at once`() throws {
    try onLoop { () async throws in
      let begun = AsyncEvent()
      try await ServedHere.run({ _ in
        begun.set()
        try await sleep(for: .seconds(1000))
        return .ok
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await begun.wait()
        let first = createTask { await here.server.shutdown(grace: .seconds(1000)) }
        while !here.server.isDraining { await Task.yield() }
        let report = await here.server.shutdown(grace: .zero)
        #expect(report.cancelled.map(\.path) == ["/"])
        #expect(try await first.value == report)
        #expect(try await stream.answer()?.status == "503 Service Unavailable")
        await stream.close()
      }
    }
  }

  @Test func `A handler may not take longer than the server allows`() throws {
    var configuration = HTTPServer.Configuration()
    configuration.timeouts.handler = .milliseconds(300)
    try onLoop { [configuration] () async throws in
      try await ServedHere.run(
        configuration: configuration,
        { request in
          if request.path == "/slow" { try await sleep(for: .seconds(1000)) }
          return .text("in time")
        }
      ) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await stream.answer()?.status == "503 Service Unavailable")
        try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await stream.answer()?.body == "in time")
        await stream.close()
      }
    }
  }

  @Test func `Connections beyond the limit are told so`() throws {
    var configuration = HTTPServer.Configuration()
    configuration.maxConnections = 3
    try onLoop { [configuration] () async throws in
      try await ServedHere.run(configuration: configuration, { _ in .ok }) {
        (here: ServedHere) async throws in
        var streams: [TCPStream] = []
        for _ in 0..<3 { streams.append(try await here.connect()) }
        while here.server.connectionCount < 3 { await Task.yield() }
        let refused = try await here.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(refused.hasPrefix("HTTP/1.1 503 "))
        #expect(refused.contains("Retry-After: 1\r\n"))
        for stream in streams { await stream.close() }
        while here.server.connectionCount > 0 { await Task.yield() }
        let served = try await here.exchange(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(served.hasPrefix("HTTP/1.1 200 "))
      }
    }
  }

  @Test func `A writer that is kept after the response writes nothing more`() throws {
    try onLoop { () async throws in
      let kept = Mutex<BodyWriter?>(nil)
      let body = Mutex<HTTPServer.RequestBody?>(nil)
      try await ServedHere.run({ request in
        body.withLock { $0 = request.body }
        return .stream(contentType: "text/plain") { writer in
          kept.withLock { $0 = writer }
          try await writer.write("a")
        }
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy")
        _ = try await stream.readUntil("0\r\n\r\n")
        let writer = try #require(kept.withLock { $0 })
        await #expect(throws: ClientDisconnectedError.self) { try await writer.write("late") }
        let late = try #require(body.withLock { $0 })
        #expect(try await late.collect().isEmpty)
        await stream.close()
      }
    }
  }

  @Test func `Fields that would split the response are an error of the server`() throws {
    try onLoop { () async throws in
      try await ServedHere.run({ request in
        var response = HTTPServer.Response.text("x")
        response.headers[.location] = request.query["to"]
        return response
      }) { (here: ServedHere) async throws in
        let text = try await here.exchange(
          "GET /?to=a%0D%0ASet-Cookie:%20b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(!text.contains("\r\nSet-Cookie"))
      }
    }
  }

  @Test func `A reset at any byte leaves nothing behind`() throws {
    let request = Array(
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
    try onLoop { () async throws in
      try await ServedHere.run({ request in
        .stream(contentType: "text/plain") { writer in
          for try await piece in request.body { try await writer.write(piece) }
        }
      }) { (here: ServedHere) async throws in
        for end in 0...request.count {
          for isReset in [true, false] {
            let stream = try await here.connect()
            try await stream.write(Array(request[..<end]))
            if end % 3 == 0 { await Task.yield() }
            if isReset { stream.abort() } else { await stream.close() }
          }
        }
        while here.server.connectionCount > 0 { await Task.yield() }
      }
    }
  }

  @Test func `Slow clients by the thousand do not disturb others`() throws {
    try onLoop { () async throws in
      try await ServedHere.run({ _ in .text("hello") }) { (here: ServedHere) async throws in
        var slow: [TCPStream] = []
        for _ in 0..<500 {
          let stream = try await here.connect()
          try await stream.write("GET / HTTP/1.1\r\nHost: a\r\nX-")
          slow.append(stream)
        }
        let load = try await Subprocess.run(
          .name("wrk"), arguments: ["-t1", "-c20", "-d1s", here.url + "/"])
        #expect(load.status == .exited(0))
        #expect(!load.outputText.contains("Socket errors"))
        #expect(!load.outputText.contains("Non-2xx"))
        for stream in slow { stream.abort() }
      }
    }
  }

  @Test(arguments: ["reset", "continuation", "ping", "settings", "empty", "made", "bomb"])
  func `A flood of frames ends its connection, and no other`(kind: String) throws {
    var configuration = HTTPServer.Configuration()
    configuration.allowsPriorKnowledge = true
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../TestSupport/h2flood.py").path
    try onLoop { [configuration] () async throws in
      try await ServedHere.run(
        configuration: configuration,
        { request in
          if request.path == "/slow" { try await request.drained() }
          return .text("hello")
        }
      ) { (here: ServedHere) async throws in
        let flood = createTask {
          try await Subprocess.run(
            .path("/usr/bin/python3"), arguments: [script, String(here.port), kind], error: .inherit
          )
        }
        var settings = HTTPClient.Configuration()
        settings.version = .http2
        let client = HTTPClient(settings)
        for _ in 0..<50 { #expect(try await client.get(here.url + "/").text == "hello") }
        let output = try await flood.value
        #expect(Int(output.outputText.dropLast()) ?? .max < 100_000, "\(output.outputText)")
        #expect(try await client.get(here.url + "/").text == "hello")
      }
    }
  }

  @Test func `Clients of Python are served, and aiohttp's`() throws {
    let script = """
      import asyncio, http.client, sys
      port = int(sys.argv[1])
      connection = http.client.HTTPConnection("127.0.0.1", port)
      for size in (0, 1, 100_000):
          connection.request("POST", "/", body=b"x" * size)
          assert connection.getresponse().read() == str(size).encode()
      connection.request("POST", "/", body=iter([b"abc", b"de"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
      assert connection.getresponse().read() == b"5"
      import aiohttp
      async def main():
          async with aiohttp.ClientSession() as session:
              async def one(size):
                  async with session.post(f"http://127.0.0.1:{port}/", data=b"x" * size, expect100=size % 2 == 1) as response:
                      assert await response.text() == str(size)
              await asyncio.gather(*[one(size * 1111) for size in range(50)])
      asyncio.run(main())
      print("all")
      """
    try onLoop { () async throws in
      let seen = Seen()
      try await ServedHere.run(seen.handler) { (here: ServedHere) async throws in
        let output = try await Subprocess.run(
          .path("/usr/bin/python3"), arguments: ["-c", script, String(here.port)], error: .inherit)
        #expect(output.outputText == "all\n")
      }
    }
  }
}
