// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Requests that chance has changed: each connection ends, whatever was sent.
///
/// ASYNCIO_FUZZED says how many; a million under AddressSanitizer takes some minutes.
@Suite(.timeLimit(.minutes(20))) struct FuzzedServerTests {
  private static let count =
    ProcessInfo.processInfo.environment["ASYNCIO_FUZZED"].flatMap { Int($0) } ?? 2000

  private static let seeds: [[UInt8]] =
    RefusedRequest.all.map(\.text.wire).filter { $0.count < 2000 }
    + [
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET /files/index.html HTTP/1.1\nHost: a\nRange: bytes=0-1,-2\n\n",
      "POST /echo HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
      "POST /echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5;a=b\nhello\n0\nX: y\n\n",
      "POST /echo HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 2\n\nab",
      "GET /socket HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Extensions: permessage-deflate\n\n{0x81}{0x85}{NUL}{NUL}{NUL}{NUL}hello{0xC1}{0x81}{NUL}{NUL}{NUL}{NUL}x{0x88}{0x80}{NUL}{NUL}{NUL}{NUL}",
      "POST /form HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 9\n\na=%41&b=+",
      "POST /json HTTP/1.1\nHost: a\nContent-Type: application/json\nContent-Length: 4\n\n[1,]",
      "PRI * HTTP/2.0\n\nSM\n\n{NUL}{NUL}{NUL}{0x04}{NUL}{NUL}{NUL}{NUL}{NUL}",
      "GET http://a/x?y HTTP/1.0\nConnection: keep-alive\nAccept-Encoding: gzip, br\n\n",
    ].map(\.wire)

  private static func app(_ root: String) -> Router {
    var app = Router()
    app.use(.requestID, .compression, .cors())
    app.get("/") { _ in .text(String(repeating: "hello ", count: 400)) }
    app.post("/echo") { request in
      .stream(contentType: "text/plain") { writer in
        for try await piece in request.body { try await writer.write(piece) }
      }
    }
    app.post("/form") { request in .text("\(try await request.form().map(\.value))") }
    app.post("/json") { request in try .json(try await request.json(as: [Int].self)) }
    app.webSocket("/socket") { socket in
      for try await message in socket { try await socket.send(message) }
    }
    app.files("/files", from: root)
    return app
  }

  /// A seed with a few bytes changed, left out, doubled, or taken from another.
  private static func mutated(_ random: inout SplitMix) -> [UInt8] {
    var bytes = seeds[random.below(seeds.count)]
    for _ in 0..<random.below(4) where !bytes.isEmpty {
      let place = random.below(bytes.count)
      switch random.below(6) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 3: bytes.removeLast(bytes.count - place)
      case 4: bytes += seeds[random.below(seeds.count)]
      default:
        let other = seeds[random.below(seeds.count)]
        bytes = Array(bytes[..<place] + other[random.below(other.count)...])
      }
    }
    return bytes
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  }

  @Test func `Each connection ends with answers, or without a word`() throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("fuzzed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    try Data("<p>index</p>".utf8).write(to: root.appendingPathComponent("index.html"))
    var configuration = HTTPServer.Configuration()
    configuration.allowsPriorKnowledge = true
    configuration.servesHalfClosed = true
    let server = HTTPServer(Self.app(root.path), configuration: configuration)
    try onLoop { () async throws in
      var random = SplitMix(state: 7)
      for _ in 0..<Self.count {
        let bytes = Self.mutated(&random)
        let cut = bytes.isEmpty ? 0 : random.below(bytes.count)
        let (client, ours) = try UnixStream.pair()
        let serving = createTask {
          try await server.serve(ours)
          await ours.close()
        }
        do {
          try await client.write(Array(bytes[..<cut]))
          await Task.yield()
          try await client.write(Array(bytes[cut...]))
          try await client.finishWriting()
        } catch is IOError {}
        var answer: [UInt8] = []
        do { answer = try await client.readToEnd(limit: 1 << 20) } catch is IOError {}
        try await serving.value
        // A server of HTTP/2 begins with its settings.
        #expect(
          answer.isEmpty || answer.starts(with: "HTTP/1.1 ".utf8) || answer.starts(with: [0, 0]),
          "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        await client.close()
      }
      #expect(server.connectionCount == 0)
    }
  }
}
