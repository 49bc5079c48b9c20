// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// WebSockets of this server and this client, with each other and with those of others.
@Suite(.timeLimit(.minutes(3))) struct WebSocketTests {
  private static func echo(_ options: WebSocket.Options = .init()) -> HTTPServer {
    var app = Router()
    app.webSocket("/echo", options) { socket in
      for try await message in socket { try await socket.send(message) }
    }
    return HTTPServer(app)
  }

  private static func url(_ here: ServedHere) -> String { "ws://127.0.0.1:\(here.port)/echo" }

  // MARK: Others

  /// What a client of others tells.
  private struct Told: Decodable, Equatable {
    let by: String
    let all: Bool
    let count: Int
    let code: Int
    let reason: String
    let subprotocol: String?
    let deflate: Bool
  }

  @Test func `Clients of others get all of their messages back`() throws {
    var options = WebSocket.Options()
    options.protocols = ["superchat", "chat"]
    try onLoop { [options] () async throws in
      try await ServedHere.run(Self.echo(options)) { (here: ServedHere) async throws in
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
          .appendingPathComponent("../../TestSupport/websocketpeers.py").path
        let output = try await Subprocess.run(
          .path("/usr/bin/python3"), arguments: [script, "client", Self.url(here)], error: .inherit)
        let told = try output.outputText.split(separator: "\n").map {
          try JSONDecoder().decode(Told.self, from: Data($0.utf8))
        }
        let plain = Told(
          by: "websockets", all: true, count: 23, code: 4002, reason: "",
          subprotocol: "chat", deflate: false)
        #expect(told.count == 3)
        #expect(told.first == plain)
        #expect(told[1].all && told[1].deflate && told[1].code == 4002)
        #expect(told[2].all && told[2].count == 11 && told[2].code == 1000)
      }
    }
  }

  @Test(arguments: [0, 1], [true, false])
  func `Servers of others give all messages back`(server: Int, compresses: Bool) throws {
    let peers = try FaultServer("websocketpeers.py", ["serve"], python: "/usr/bin/python3")
    let ports = peers.line().split(separator: " ").compactMap { Int($0) }
    try onLoop { () async throws in
      var options = WebSocket.Options()
      options.compresses = compresses
      options.maxMessageSize = 8 << 20
      if server == 0 { options.protocols = ["chat"] }
      let client = HTTPClient()
      try await client.webSocket("ws://127.0.0.1:\(ports[server])/echo", options) {
        (socket: WebSocket) async throws in
        #expect(socket.subprotocol == (server == 0 ? "chat" : nil))
        for size in [0, 1, 125, 126, 127, 128, 1023, 1024, 65_535, 65_536, 1_000_000] {
          let bytes = (0..<size).map { UInt8($0 * 7 % 251) }
          try await socket.send(bytes)
          #expect(try await socket.receive() == .binary(bytes))
          let text = String(repeating: "aä€𝄞", count: size / 10)
          try await socket.send(text)
          #expect(try await socket.receive() == .text(text))
        }
        try await socket.ping()
        if server == 0 {
          try await socket.send("fragments")
          #expect(try await socket.receive() == .text("fragments"))
          try await socket.send("close 4001")
          await #expect(throws: WebSocketError.self) { try await socket.receive() }
          #expect(socket.closure?.code.rawValue == 4001)
          #expect(socket.closure?.reason == "as you wish")
        }
      }
    }
    withExtendedLifetime(peers) {}
  }

  // MARK: Ends

  @Test func `A loop over messages ends when the peer ends the connection in order`() throws {
    try onLoop { () async throws in
      let ended = AsyncQueue<WebSocket.Closure?>()
      var app = Router()
      app.webSocket("/") { socket in
        for try await _ in socket {}
        try await ended.put(socket.closure)
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let client = HTTPClient()
        try await client.webSocket("ws://127.0.0.1:\(here.port)/") {
          (socket: WebSocket) async throws in
          await socket.close(.normal, reason: "bye")
          #expect(socket.closure?.code == .normal)
          await #expect(throws: WebSocketError.self) { try await socket.send("late") }
          #expect(try await socket.receive() == nil)
        }
        #expect(try await ended.get()?.reason == "bye")
      }
    }
  }

  @Test func `A handler that throws ends the connection with 1011, one that returns with 1000`()
    throws
  {
    try onLoop { () async throws in
      var app = Router()
      app.webSocket("/throws") { _ in throw StatusError(.conflict) }
      app.webSocket("/returns") { socket in try await socket.send("only this") }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let client = HTTPClient()
        try await client.webSocket("http://127.0.0.1:\(here.port)/returns") {
          (socket: WebSocket) async throws in
          #expect(try await socket.receive() == .text("only this"))
          #expect(try await socket.receive() == nil)
        }
        try await client.webSocket("ws://127.0.0.1:\(here.port)/throws") {
          (socket: WebSocket) async throws in
          await #expect(throws: WebSocketError.self) { try await socket.receive() }
          #expect(socket.closure?.code == .internalError)
        }
      }
    }
  }

  @Test func `A peer that is gone without a word is an error for those who wait`() throws {
    try onLoop { () async throws in
      let failed = AsyncQueue<WebSocketError>()
      var app = Router()
      app.webSocket("/echo") { socket in
        do { _ = try await socket.receive() } catch let error as WebSocketError {
          try await failed.put(error)
        }
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Self.request())
        _ = try await stream.readUntil("\r\n\r\n")
        stream.abort()
        #expect(try await failed.get().code == .abnormal)
      }
    }
  }

  @Test func `A server that stops says so, and waits for the end`() throws {
    try onLoop { () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        try await HTTPClient().webSocket(Self.url(here)) { (socket: WebSocket) async throws in
          try await socket.send("a")
          #expect(try await socket.receive() == .text("a"))
          let stopping = createTask { await here.server.shutdown(grace: .seconds(100)) }
          #expect(try await socket.receive() == nil)
          #expect(socket.closure?.code == .goingAway)
          #expect(try await stopping.value.cancelled.isEmpty)
        }
      }
    }
  }

  @Test func `A client that is cancelled says that it goes`() throws {
    try onLoop { () async throws in
      let ended = AsyncQueue<WebSocket.Closure?>()
      var app = Router()
      app.webSocket("/") { socket in
        for try await _ in socket {}
        try await ended.put(socket.closure)
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let begun = AsyncEvent()
        let task = createTask {
          try await HTTPClient().webSocket("ws://127.0.0.1:\(here.port)/") { socket in
            begun.set()
            _ = try await socket.receive()
          }
        }
        try await begun.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await ended.get()?.code == .goingAway)
      }
    }
  }

  // MARK: On the wire

  private static func request(_ fields: String = "") -> String {
    "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n"
  }

  /// A frame of a client, masked with zeros.
  private static func frame(_ first: UInt8, _ payload: [UInt8], masked: Bool = true) -> [UInt8] {
    let size = UInt8(payload.count)
    return [first, masked ? 0x80 | size : size] + (masked ? [0, 0, 0, 0] : []) + payload
  }

  @Test func `The handshake of the RFC, and a frame in the same segment`() throws {
    try onLoop { () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Array(Self.request().utf8) + Self.frame(0x81, Array("hello".utf8)))
        let head = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(try await stream.readExactly(7) == [0x81, 5] + Array("hello".utf8))
        try await stream.write(Self.frame(0x88, [0x03, 0xE8]))
        #expect(try await stream.readToEnd(limit: 100) == [0x88, 2, 0x03, 0xE8])
        await stream.close()
      }
    }
  }

  @Test(arguments: [
    ("Upgrade: h2c", "426"), ("Sec-WebSocket-Version: 12", "426"),
    ("Sec-WebSocket-Key: c2hvcnQ=", "400"), ("Origin: http://evil.example", "403"),
    ("Origin: null", "403"), ("Origin: http://a", "101"), ("Origin: https://a:443", "101"),
    ("X: y", "101"), ("Content-Length: 3", "426"),
  ]) func `A handshake that is none is refused`(field: String, status: String) throws {
    let name = field.prefix { $0 != ":" }
    var lines = Self.request().components(separatedBy: "\r\n").filter { !$0.hasPrefix("\(name):") }
    lines.insert(field, at: 2)
    try onLoop { [request = lines.joined(separator: "\r\n")] () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(request)
        let head = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 \(status) "))
        if field.hasPrefix("Sec-WebSocket-Version") {
          #expect(head.contains("Sec-WebSocket-Version: 13\r\n"))
        }
        stream.abort()
      }
    }
  }

  /// What breaks the protocol, and the code with which the connection ends.
  @Test(
    arguments: [
      ([0x81, 0x05, 0x68], 1002), ([0xC1, 0x81, 0, 0, 0, 0, 0x68], 1002),
      ([0xA1, 0x81, 0, 0, 0, 0, 0x68], 1002), ([0x91, 0x81, 0, 0, 0, 0, 0x68], 1002),
      ([0x83, 0x80, 0, 0, 0, 0], 1002), ([0x8B, 0x80, 0, 0, 0, 0], 1002),
      ([0x09, 0x80, 0, 0, 0, 0], 1002), ([0x89, 0xFE, 0, 126, 0, 0, 0, 0], 1002),
      ([0x80, 0x80, 0, 0, 0, 0], 1002), ([0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0], 1002),
      ([0x81, 0xFE, 0, 125, 0, 0, 0, 0], 1002),
      ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], 1002),
      ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], 1002),
      ([0x82, 0xFF, 0, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
      ([0x81, 0x82, 0, 0, 0, 0, 0xC0, 0xAF], 1007), ([0x81, 0x81, 0, 0, 0, 0, 0xC3], 1007),
      ([0x01, 0x83, 0, 0, 0, 0, 0xED, 0xA0, 0x80], 1007),
      ([0x81, 0x84, 0, 0, 0, 0, 0xF4, 0x90], 1007),
      ([0x88, 0x81, 0, 0, 0, 0, 3], 1002), ([0x88, 0x82, 0, 0, 0, 0, 3, 0xED], 1002),
      ([0x88, 0x82, 0, 0, 0, 0, 3, 0xEE], 1002), ([0x88, 0x82, 0, 0, 0, 0, 0, 1], 1002),
      ([0x88, 0x82, 0, 0, 0, 0, 0x13, 0x88], 1002),
      ([0x88, 0x83, 0, 0, 0, 0, 3, 0xE8, 0xFF], 1007),
    ] as [([UInt8], Int)]) func `What breaks the protocol ends it with its code`(
      frames: [UInt8], code: Int
    ) throws
  {
    try onLoop { () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Self.request())
        _ = try await stream.readUntil("\r\n\r\n")
        try await stream.write(frames)
        let answer = try await stream.readToEnd(limit: 1000)
        #expect(answer.first == 0x88 && answer.count >= 4)
        #expect(Int(answer[2]) << 8 | Int(answer[3]) == code)
        await stream.close()
      }
    }
  }

  @Test func `Pings between fragments are answered, and a message may come in pieces`() throws {
    try onLoop { () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Self.request())
        _ = try await stream.readUntil("\r\n\r\n")
        try await stream.write(Self.frame(0x01, Array("a\u{E4}".utf8.dropLast())))
        try await stream.write(Self.frame(0x89, Array("ping".utf8)))
        #expect(try await stream.readExactly(6) == [0x8A, 4] + Array("ping".utf8))
        try await stream.write(Self.frame(0x80, Array("a\u{E4}".utf8.suffix(1))))
        #expect(try await stream.readExactly(5) == [0x81, 3] + Array("a\u{E4}".utf8))
        stream.abort()
      }
    }
  }

  @Test func `A peer that takes nothing is left`() throws {
    var options = WebSocket.Options()
    options.writeTimeout = .milliseconds(50)
    options.closeTimeout = .milliseconds(50)
    try onLoop { [options] () async throws in
      let failed = AsyncQueue<WebSocketError>()
      var app = Router()
      app.webSocket("/echo", options) { socket in
        let piece = [UInt8](repeating: 1, count: 1 << 20)
        do { while true { try await socket.send(piece) } } catch let error as WebSocketError {
          try await failed.put(error)
        }
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Self.request())
        _ = try await stream.readUntil("\r\n\r\n")
        #expect(try await failed.get().code == .abnormal)
        while here.server.connectionCount > 0 { await Task.yield() }
        stream.abort()
      }
    }
  }

  @Test func `A message that is compressed and not sent does not spoil those behind it`() throws {
    try onLoop { () async throws in
      try await ServedHere.run(Self.echo()) { (here: ServedHere) async throws in
        try await HTTPClient().webSocket(Self.url(here)) { (socket: WebSocket) async throws in
          let text = (0..<500).map { "line \($0) " }.joined()
          for round in 0..<20 {
            let cancelled = createTask { try await socket.send("never \(round) " + text) }
            cancelled.cancel()
            _ = await cancelled.result
            try await socket.send("\(round) " + text)
            // What was sent before it was cancelled comes back, too.
            while try await socket.receive() != .text("\(round) " + text) {}
          }
        }
      }
    }
  }

  @Test
  func `A peer that nobody listens to is held back, and one that gives no sign of life is left`()
    throws
  {
    var options = WebSocket.Options()
    options.pingInterval = .milliseconds(10)
    options.pingTimeout = .milliseconds(10)
    try onLoop { [options] () async throws in
      let failed = AsyncQueue<WebSocketError>()
      var app = Router()
      app.webSocket("/echo", options) { socket in
        do { _ = try await socket.receive() } catch let error as WebSocketError {
          try await failed.put(error)
        }
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write(Self.request())
        #expect(try await failed.get().code == .internalError)
        stream.abort()
      }
    }
    try onLoop { () async throws in
      let go = AsyncEvent()
      var app = Router()
      app.webSocket("/echo") { socket in
        try await go.wait()
        for try await message in socket { try await socket.send(message) }
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        try await HTTPClient().webSocket(Self.url(here)) { (socket: WebSocket) async throws in
          let piece = [UInt8](repeating: 1, count: 500_000)
          let sending = createTask { for _ in 0..<40 { try await socket.send(piece) } }
          // Answered while nothing is taken.
          go.set()
          for _ in 0..<40 { #expect(try await socket.receive() == .binary(piece)) }
          try await sending.value
        }
      }
    }
  }
}
