// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Where a server listens, and what becomes of its connections.
@Suite(.timeLimit(.minutes(2))) struct ServerListenerTests {
  @Test func `Connections are spread over the loops of a pool`() throws {
    try onLoop { () async throws in
      let threads = Mutex(Set<UInt>())
      let server = HTTPServer { request in
        threads.withLock { _ = $0.insert(UInt(pthread_self())) }
        return .text(try await request.text())
      }
      let pool = try LoopPool(loops: 2)
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await server.serve(on: listener, across: pool) }
      let port = listener.localAddress.port
      let bodies = try await gather(0..<20) { number in
        // Each on a connection of its own.
        try await HTTPClient().post("http://127.0.0.1:\(port)/", .text("\(number)")).text
      }
      #expect(bodies == (0..<20).map { "\($0)" })
      #expect(threads.withLock { $0.count } == 2)
      #expect(await server.shutdown(grace: .seconds(100)).cancelled.isEmpty)
      try await serving.value
      await pool.close()
    }
  }

  @Test func `A Unix domain socket`() throws {
    try onLoop { () async throws in
      let path = NSTemporaryDirectory() + "serve-\(UUID().uuidString.prefix(8)).sock"
      let server = HTTPServer { request in .text("\(request.host) \(request.scheme)") }
      let listener = try await UnixListener.bind(path: path)
      let serving = createTask { try await server.serve(on: listener) }
      var configuration = HTTPClient.Configuration()
      configuration.unixSocket = path
      let answer = try await HTTPClient(configuration).get("http://any.example/")
      #expect(answer.text == "any.example http")
      await server.shutdown(grace: .zero)
      try await serving.value
    }
  }

  @Test func `A server that was stopped serves nothing more`() throws {
    try onLoop { () async throws in
      let server = HTTPServer { _ in .ok }
      #expect(await server.shutdown().cancelled.isEmpty)
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      await #expect(throws: StreamClosedError.self) { try await server.serve(on: listener) }
      await listener.close()
    }
  }

  @Test func `A task that is cancelled cancels its handlers`() throws {
    try onLoop { () async throws in
      let (begun, cancelled) = (AsyncEvent(), AsyncEvent())
      let server = HTTPServer { _ in
        begun.set()
        do { try await sleep(for: .seconds(1000)) } catch {
          cancelled.set()
          throw error
        }
        return .ok
      }
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await server.serve(on: listener) }
      let stream = try await TCPStream.connect(to: "127.0.0.1", port: listener.localAddress.port)
      try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      try await begun.wait()
      serving.cancel()
      await #expect(throws: CancellationError.self) { try await serving.value }
      #expect(cancelled.isSet && server.connectionCount == 0)
      await stream.close()
    }
  }

  @Test func `Another protocol gets the connection, for a client that asks for it`() throws {
    try onLoop { () async throws in
      let handler: HTTPServer.Handler = { _ in
        .upgrade(to: "shout") { stream in
          for try await line in stream.lines {
            try await stream.write(String(decoding: line, as: UTF8.self).uppercased())
          }
        }
      }
      try await ServedHere.run(handler) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        // The first line comes with the request.
        try await stream.write(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nhello\n")
        let head = try #require(try await stream.answer(hasBody: false))
        #expect(head.status == "101 Switching Protocols")
        #expect(head.fields["upgrade"] == "shout" && head.fields["connection"] == "Upgrade")
        #expect(try await stream.readLine() == Array("HELLO\n".utf8))
        try await stream.write("again\n")
        #expect(try await stream.readLine() == Array("AGAIN\n".utf8))
        await stream.close()
        let plain = try await here.connect()
        try await plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let refusal = try #require(try await plain.answer())
        #expect(refusal.status == "426 Upgrade Required")
        #expect(refusal.fields["upgrade"] == "shout")
        #expect(refusal.fields["connection"] == "upgrade")
        await plain.close()
      }
    }
  }

  @Test func `A tunnel is nothing that this server makes, and 1xx is no answer`() throws {
    try onLoop { () async throws in
      try await ServedHere.run({ _ in HTTPServer.Response(status: .continue) }) {
        (here: ServedHere) async throws in
        let tunnel = try await here.exchange("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET /")
        #expect(tunnel.hasPrefix("HTTP/1.1 501 Not Implemented\r\n"))
        let answer = try await here.exchange(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
      }
    }
  }

  @Test func `A reader that is slow holds the writer back`() throws {
    try onLoop { () async throws in
      let written = Mutex(0)
      try await ServedHere.run({ _ in
        .stream(contentType: "application/octet-stream") { writer in
          let piece = [UInt8](repeating: 1, count: 1 << 20)
          for _ in 0..<1000 {
            try await writer.write(piece)
            written.withLock { $0 += piece.count }
          }
        }
      }) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await stream.readUntil("\r\n\r\n")
        // What the system keeps for both sides, and no more: it stops to grow.
        var before = -1
        while case let now = written.withLock({ $0 }), now != before || now == 0 {
          before = now
          try await sleep(for: .milliseconds(50))
        }
        #expect(before < 64 << 20)
        stream.abort()
      }
    }
  }

  /// How many connections the system has at a port of this machine that are open on this side, proc(5).
  private static func openConnections(at port: Int) async throws -> Int {
    let table = try await Files.readText("/proc/net/tcp")
    let address = ":" + String(format: "%04X", port)
    return table.split(separator: "\n").dropFirst().count { line in
      let fields = line.split(separator: " ")
      // Established, or closed by the client only.
      return fields[1].hasSuffix(address) && (fields[3] == "01" || fields[3] == "08")
    }
  }

  @Test func `Connections of all kinds leave no descriptor behind`() throws {
    try onLoop { () async throws in
      var app = Router()
      app.get("/") { _ in .text("hello") }
      app.get("/events") { _ in .events { _ in try await sleep(for: .seconds(1000)) } }
      app.webSocket("/socket") { socket in for try await _ in socket {} }
      app.get("/file") { request in try await .file("/etc/hostname", for: request) }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        for path in ["/", "/events", "/file", "/none"] {
          for isCut in [true, false] {
            let stream = try await here.connect()
            try await stream.write("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            if !isCut { _ = try await stream.readUntil("\r\n\r\n") }
            let open = try await Self.openConnections(at: here.port)
            #expect(open > 0)
            stream.abort()
          }
        }
        try await HTTPClient().webSocket(here.url + "/socket") { socket in
          try await socket.send("a")
        }
        while try await Self.openConnections(at: here.port) > 0 { await Task.yield() }
        #expect(here.server.connectionCount == 0)
      }
    }
  }
}
