// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import Testing

@testable import HTTP2Core

/// What a peer may send that must do no harm.
@Suite struct HostilePeerTests {
  private func server() throws -> HTTP2Session {
    let server = try HTTP2Session(.server)
    _ = try server.receive(Frame.preface + Frame.settings)
    _ = try server.send()
    return server
  }

  struct Block: CustomTestStringConvertible {
    let fields: [(String, String)]
    var testDescription: String { "\(fields)" }

    static func with(_ fields: (String, String)...) -> Block { Block(fields: Frame.get + fields) }

    /// A request whose field of this name is another.
    static func replacing(_ name: String, _ value: String) -> Block {
      Block(fields: Frame.get.map { $0.0 == name ? (name, value) : $0 })
    }
  }

  @Test(arguments: [
    Block.with(("x", "a\rb")), .with(("x", "a\nb")), .with(("x", "a\0b")), .with(("x", " a")),
    .with(("x", "a ")), .with(("X-Upper", "a")), .with(("x\r\ny", "a")), .with(("x:y", "a")),
    .with(("connection", "close")), .with(("transfer-encoding", "chunked")), .with(("te", "gzip")),
    .with(("upgrade", "websocket")), .with(("keep-alive", "1")), .with(("proxy-connection", "1")),
    .with((":path", "/x")), .with(("x", "y"), (":path", "/x")), .with((":unknown", "x")),
    .with(("host", "b")), .replacing(":path", "/ x"), .replacing(":path", "/x\ny"),
    .replacing(":path", ""), .replacing(":path", "x"), .replacing(":path", "/x#y"),
    .replacing(":path", "/\u{80}"), .replacing(":path", "*"), .replacing(":method", "G T"),
    .replacing(":method", "GET\r\nX: y"), .replacing(":method", ""),
    .replacing(":authority", "a b"),
    .replacing(":authority", "u@a"), .replacing(":authority", "a/b"),
    Block(fields: [(":method", "GET"), (":scheme", "https"), (":authority", "a")]),
    Block(fields: [(":scheme", "https"), (":authority", "a"), (":path", "/")]),
  ])
  func `A request that two readers could read differently is reset, and not told`(block: Block)
    throws
  {
    let server = try server()
    let events = try server.receive(Frame.headers(1, block.fields))
    #expect(!events.contains { if case .request = $0 { true } else { false } }, "\(events)")
    // RST_STREAM, on the stream.
    let sent = try server.send()
    #expect(sent.firstRange(of: [0, 0, 4, 3, 0, 0, 0, 0, 1]) != nil, "\(sent)")
    // The connection goes on.
    #expect(try server.receive(Frame.headers(3, Frame.get)) == [.request(3, .get(), isLast: true)])
  }

  @Test func `More or less of a body than its length says is reset`() throws {
    for body in ["hello", "hell"] {
      let server = try server()
      _ = try server.receive(
        Frame.headers(
          1, Frame.post + [("content-length", body == "hello" ? "4" : "5")], isLast: false))
      let events = try server.receive(Frame.frame(0, 1, 1, Array(body.utf8)))
      #expect(!events.contains(.end(1)), "\(events)")
      #expect(try server.send().firstRange(of: [0, 0, 4, 3, 0, 0, 0, 0, 1]) != nil)
    }
  }

  @Test func `A block of more fields, or of larger ones, than a message needs is reset`() throws {
    let many = Frame.headers(1, Frame.get + (0..<100).map { ("x-\($0)", "y") })
    let large = Frame.get + (0..<90).map { ("x-\($0)", String(repeating: "y", count: 120)) }
    // What was put into the table once is referred to again and again: 0xBE is the newest.
    let value = [UInt8](repeating: 65, count: 120)
    let bomb = Frame.frame(
      1, 5, 1,
      Frame.fields(Frame.get) + [0x40, 1, 120, UInt8(value.count)] + value
        + [UInt8](repeating: 0xBE, count: 10_000))
    #expect(try server().receive(Frame.headers(1, large)).count == 1)
    for bytes in [many, bomb] {
      let server = try server()
      let events = try server.receive(bytes)
      #expect(!events.contains { if case .request = $0 { true } else { false } })
      #expect(try server.send().firstRange(of: [0, 0, 4, 3, 0, 0, 0, 0, 1]) != nil)
    }
  }

  struct Flood: CustomTestStringConvertible {
    let testDescription: String
    var before: [UInt8] = []
    let bytes: @Sendable (Int) -> [UInt8]
  }

  @Test(arguments: [
    Flood(testDescription: "PING") { _ in Frame.frame(6, 0, 0, [UInt8](repeating: 0, count: 8)) },
    Flood(testDescription: "SETTINGS") { _ in Frame.settings },
    Flood(testDescription: "empty DATA", before: Frame.headers(1, Frame.post, isLast: false)) { _ in
      Frame.frame(0, 0, 1, [])
    },
    Flood(testDescription: "PRIORITY") { number in
      Frame.frame(2, 0, UInt32(2 * number + 1), [0, 0, 0, 0, 16])
    },
    Flood(testDescription: "WINDOW_UPDATE") { _ in Frame.frame(8, 0, 0, [0, 0, 0, 1]) },
    Flood(testDescription: "unknown frames") { _ in Frame.frame(0xFA, 0, 0, []) },
    Flood(testDescription: "rapid reset") { number in
      Frame.headers(UInt32(2 * number + 1), Frame.get)
        + Frame.frame(3, 0, UInt32(2 * number + 1), [0, 0, 0, 8])
    },
    Flood(testDescription: "requests that are refused") { number in
      Frame.headers(UInt32(2 * number + 1), Frame.get + [("X", "y")])
    },
  ])
  func `A flood ends the connection`(flood: Flood) throws {
    let server = try server()
    _ = try server.receive(flood.before)
    var number = 0
    let error = #expect(throws: HTTP2Error.self) {
      while number < 20_000, server.isAlive {
        _ = try server.receive(flood.bytes(number))
        // A peer that floods takes the answers too.
        _ = try server.send()
        number += 1
      }
      if !server.isAlive { throw HTTP2Error.connection("ended") }
    }
    #expect(error != nil && number < 20_000)
  }

  @Test func `A flood of CONTINUATION ends the connection`() throws {
    let server = try server()
    #expect(throws: HTTP2Error.self) {
      _ = try server.receive(Frame.frame(1, 1, 1, Frame.fields(Frame.get)))
      for _ in 0..<1_000 {
        _ = try server.receive(Frame.frame(9, 0, 1, Frame.fields([("x", "y")])))
        if !server.isAlive { throw HTTP2Error.connection("ended") }
      }
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\u{0}",
  ])
  func `What is no HTTP/2 is an error`(text: String) throws {
    let server = try HTTP2Session(.server)
    #expect(throws: HTTP2Error.self) {
      _ = try server.receive(Array(text.utf8) + [UInt8](repeating: 0, count: 24))
    }
  }

  @Test func `A server may not push`() throws {
    let client = try HTTP2Session(.client)
    _ = try client.request(.get(), hasBody: false)
    _ = try client.send()
    _ = try client.receive(Frame.settings)
    // The client's settings have to be confirmed before they bind.
    _ = try client.receive(Frame.frame(4, 1, 0, []))
    let push = Frame.frame(5, 4, 1, [0, 0, 0, 2] + Frame.fields(Frame.get))
    #expect(throws: HTTP2Error.self) {
      _ = try client.receive(push)
      _ = try client.send()
      if !client.isAlive { throw HTTP2Error.connection("ended") }
    }
  }

  @Test func `Bytes at random are refused or make events, and nothing else`() throws {
    var state: UInt64 = 5
    for _ in 0..<300 {
      let server = try server()
      do {
        for _ in 0..<20 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let kind = UInt8(state >> 33 & 15)
          let payload = (0..<Int(state >> 37 & 31)).map {
            UInt8(truncatingIfNeeded: state >> UInt64($0 & 31))
          }
          _ = try server.receive(
            Frame.frame(kind, UInt8(state >> 43 & 255), UInt32(state >> 51 & 7), payload))
          _ = try server.send()
        }
      } catch {}
    }
  }
}
