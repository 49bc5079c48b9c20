// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// What requests send, by both versions: to aiohttp and to h2.
@Suite struct BodyTests {
  enum Wire: CaseIterable { case http1, http2 }

  private static func client(_ wire: Wire) -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.version = wire == .http1 ? .http1 : .http2
    return HTTPClient(configuration)
  }

  private static func url(_ wire: Wire, _ path: String = "/echo") -> String {
    wire == .http1 ? Peers.shared.url(path) : Peers.shared.h2URL(path)
  }

  private static func asked(_ wire: Wire, _ body: HTTPClient.RequestBody) throws -> Peers.Asked {
    try onLoop {
      try await client(wire).post(url(wire), body).check().json(as: Peers.Asked.self)
    }
  }

  private struct Note: Codable, Equatable { var text: String }

  @Test(arguments: Wire.allCases) func `Bytes have no type that was not asked for`(wire: Wire)
    throws
  {
    let asked = try Self.asked(wire, .bytes([1, 2, 3]))
    #expect(asked.method == "POST" && asked.body == "\u{1}\u{2}\u{3}")
    #expect(asked.headers["content-length"] == "3" && asked.headers["transfer-encoding"] == nil)
    // aiohttp invents one for a server's handler only.
    #expect(asked.headers["content-type"] == nil)
  }

  @Test(arguments: Wire.allCases) func `Texts, JSON and forms say what they are`(wire: Wire) throws
  {
    let text = try Self.asked(wire, .text("é"))
    #expect(text.length == 2 && text.headers["content-type"] == "text/plain; charset=utf-8")
    let json = try Self.asked(wire, .json(Note(text: "x")))
    #expect(json.body == #"{"text":"x"}"# && json.headers["content-type"] == "application/json")
    let form = try Self.asked(wire, .form(["a": "1 2", "b": "ü"]))
    #expect(form.body == "a=1+2&b=%C3%BC")
    #expect(form.headers["content-type"] == "application/x-www-form-urlencoded")
  }

  @Test func `A type of the caller's is stronger`() throws {
    let asked = try onLoop {
      try await HTTPClient().post(
        Peers.shared.url("/echo"), .json(Note(text: "x")), headers: [.contentType: "application/x"]
      ).json(as: Peers.Asked.self)
    }
    #expect(asked.headers["content-type"] == "application/x")
  }

  @Test(arguments: Wire.allCases) func `No body is one of no bytes where a body is usual`(
    wire: Wire
  ) throws {
    let asked = try Self.asked(wire, .bytes([]))
    #expect(asked.length == 0 && asked.headers["content-length"] == "0")
  }

  private static func withFile<Result>(
    _ bytes: [UInt8], _ body: (String) throws -> Result
  ) throws -> Result {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("body-\(UUID().uuidString)").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// 3 MB that are nowhere the same.
  private static let large: [UInt8] = (0..<3_000_000).map {
    UInt8(truncatingIfNeeded: $0 &* 31 >> 7)
  }

  /// The digest of `large`, by the tool of the system.
  private static func digest(_ path: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = [path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    return String(text.prefix(64))
  }

  @Test(arguments: Wire.allCases)
  func `Large bodies arrive as they are: bytes, a file, a sequence, chunks`(
    wire: Wire
  ) throws {
    try Self.withFile(Self.large) { path in
      let digest = try Self.digest(path)
      let pieces = AsyncStream<[UInt8]> { continuation in
        for start in stride(from: 0, to: Self.large.count, by: 70_000) {
          continuation.yield(Array(Self.large[start..<min(start + 70_000, Self.large.count)]))
        }
        continuation.finish()
      }
      let again: @Sendable () -> AsyncStream<[UInt8]> = {
        AsyncStream { continuation in
          continuation.yield(Self.large)
          continuation.finish()
        }
      }
      for (name, body, hasLength) in [
        ("bytes", HTTPClient.RequestBody.bytes(Self.large), true), ("file", .file(path), true),
        ("chunks", .sequence(pieces), false),
        ("sequence", .sequence(length: Self.large.count, making: again), true),
      ] {
        let asked = try Self.asked(wire, body)
        #expect(asked.sha256 == digest && asked.length == Self.large.count, "\(name)")
        #expect((asked.headers["content-length"] != nil) == hasLength, "\(name)")
        if wire == .http1 {
          #expect((asked.headers["transfer-encoding"] == "chunked") == !hasLength, "\(name)")
        }
      }
    }
  }

  @Test func `A form with files comes apart at the server`() throws {
    try Self.withFile(Array("file content".utf8)) { path in
      let fields = try onLoop {
        try await HTTPClient().post(
          Peers.shared.url("/form"),
          .multipart([
            .text("title", "Ü \r\n--x"), .bytes("data", [0, 1, 255], fileName: "d\"q.bin"),
            .file("upload", at: path, fileName: "u.txt", contentType: "text/plain"),
          ])
        ).check().json(as: [[String?]].self)
      }
      #expect(
        fields == [
          ["title", nil, nil, "Ã\u{9C} \r\n--x"],
          ["data", "d%22q.bin", "application/octet-stream", "\u{0}\u{1}\u{FF}"],
          ["upload", "u.txt", "text/plain", "file content"],
        ])
    }
  }

  @Test func `A redirect that keeps the body sends it again, or says that it cannot`() throws {
    try Self.withFile(Array("abc".utf8)) { path in
      for body in [HTTPClient.RequestBody.file(path), .bytes(Array("abc".utf8))] {
        let asked = try onLoop {
          try await HTTPClient().put(Peers.shared.url("/redirect/307"), body)
            .json(as: Peers.Asked.self)
        }
        #expect(asked.method == "PUT" && asked.body == "abc")
      }
    }
    let once = AsyncStream<[UInt8]> { continuation in
      continuation.yield(Array("abc".utf8))
      continuation.finish()
    }
    let error = try failure(
      of: .init(Peers.shared.url("/redirect/308"), content: .sequence(once)))
    #expect(error.message.contains("can be sent once only"))
    let seen = try onLoop {
      try await HTTPClient().post(Peers.shared.url("/redirect/303"), .text("abc"))
        .json(as: Peers.Asked.self)
    }
    #expect(seen.method == "GET" && seen.length == 0 && seen.headers["content-type"] == nil)
  }

  @Test(arguments: Wire.allCases) func `A sequence of another length fails the request`(wire: Wire)
    throws
  {
    for (length, word) in [(2, "longer"), (4, "shorter")] {
      let body = HTTPClient.RequestBody.sequence(length: length) {
        AsyncStream<[UInt8]> { continuation in
          continuation.yield([1, 2, 3])
          continuation.finish()
        }
      }
      let error = try onLoop {
        await #expect(throws: HTTPError.self) {
          _ = try await Self.client(wire).post(Self.url(wire), body)
        }
      }
      #expect(error?.code == .malformedRequest && error?.message.contains(word) == true)
    }
  }

  private struct Broken: Error, Equatable {}

  @Test(arguments: Wire.allCases) func `What a sequence throws is thrown by the request`(wire: Wire)
    throws
  {
    try onLoop { () async throws in
      let client = Self.client(wire)
      let body = HTTPClient.RequestBody.sequence {
        AsyncThrowingStream<[UInt8], any Error> { continuation in
          continuation.yield([1])
          continuation.finish(throwing: Broken())
        }
      }
      await #expect(throws: Broken.self) { _ = try await client.post(Self.url(wire), body) }
      // The client serves on.
      #expect(try await client.post(Self.url(wire), .text("x")).status == .ok)
    }
  }

  @Test func `A file that is not there fails before anything is sent`() throws {
    let error = try onLoop {
      await #expect(throws: (any Error).self) {
        _ = try await HTTPClient().post(Peers.shared.url("/echo"), .file("/no/such/file"))
      }
    }
    #expect("\(error as Any)".contains("/no/such/file"))
  }

  @Test(arguments: Wire.allCases) func `A server that is asked first takes the body, or refuses it`(
    wire: Wire
  ) throws {
    try onLoop { () async throws in
      let client = Self.client(wire)
      var request = HTTPClient.Request(Self.url(wire), content: .text("body"))
      request.expectsContinue = true
      let asked = try await client.execute(request).json(as: Peers.Asked.self)
      #expect(asked.body == "body" && asked.headers["expect"] == "100-continue")
    }
  }

  @Test func `A body that is refused is not sent, and one of a silent server is sent anyway`()
    throws
  {
    let seen = Mutex<[String]>([])
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        let head = try await stream.requestHead()
        if head.contains("/refuse") {
          try await stream.respond("no", "Connection: close\r\n", status: "413 Too Large")
          let rest = (try? await stream.read()) ?? []
          seen.withLock { $0.append("refused, then \(rest.count) bytes") }
        } else if head.contains("/expectation"), head.contains("100-continue") {
          try await stream.respond("", status: "417 Expectation Failed")
          let next = try await stream.requestHead()
          #expect(!next.contains("100-continue"))
          try await stream.respond(String(decoding: try await stream.readExactly(4), as: UTF8.self))
        } else {
          let body = try await stream.readExactly(4)
          try await stream.respond(String(decoding: body, as: UTF8.self))
        }
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.continuation = .milliseconds(500)
        let client = HTTPClient(configuration)
        func ask(_ path: String) async throws -> HTTPClient.Response {
          var request = HTTPClient.Request(server.url + path, content: .text("body"))
          request.expectsContinue = true
          return try await client.execute(request)
        }
        #expect(try await ask("refuse").status.code == 413)
        #expect(try await ask("silent").text == "body")
        #expect(try await ask("expectation").text == "body")
      }
    }
    #expect(seen.withLock { $0 } == ["refused, then 0 bytes"])
  }

  @Test func `A body that goes slowly is no body that does not go`() throws {
    let text = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        // In all it takes longer than one piece may.
        for _ in 0..<24 {
          _ = try await stream.readExactly(1 << 20)
          try await sleep(for: .milliseconds(25))
        }
        try await stream.respond("all")
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.send = .milliseconds(500)
        let body = HTTPClient.RequestBody.bytes([UInt8](repeating: 0, count: 24 << 20))
        return try await HTTPClient(configuration).post(server.url, body).text
      }
    }
    #expect(text == "all")
  }

  @Test func `An answer that comes before the body was sent is one that has begun`() throws {
    let body = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        _ = try await stream.readExactly(4 << 20)
        try await stream.write("ok")
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.firstByte = .milliseconds(500)
        let request = HTTPClient.Request(
          server.url, content: .bytes([UInt8](repeating: 0, count: 4 << 20)))
        return try await HTTPClient(configuration).stream(request) { response in
          // Longer than the first byte may take, which is there.
          try await sleep(for: .milliseconds(800))
          return try await response.collect(upTo: 10)
        }
      }
    }
    #expect(body == Array("ok".utf8))
  }

  @Test func `A POST that waited for leave is not sent again when the server goes`() throws {
    let seen = Counter()
    let error = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        seen.add()
      } while: { (server: ScriptedServer) async throws in
        var request = HTTPClient.Request(server.url, content: .text("body"))
        request.expectsContinue = true
        return try await #require(throws: HTTPError.self) {
          _ = try await HTTPClient().execute(request)
        }
      }
    }
    #expect(error.code == .connection && error.attempt == 1 && seen.value == 1)
  }

  @Test func `Bodies that were refused leave no stream of HTTP/2 open`() throws {
    try onLoop { () async throws in
      var configuration = HTTPClient.Configuration()
      configuration.version = .http2
      let client = HTTPClient(configuration)
      var request = HTTPClient.Request(Peers.shared.h2URL("/refuse"), content: .text("body"))
      request.expectsContinue = true
      // More than may be open at once.
      for _ in 0..<250 { #expect(try await client.execute(request).status.code == 413) }
      let story = try await client.post(Peers.shared.h2URL("/echo"), .text("x")).story
      #expect(story.isConnectionReused)
    }
  }

  @Test
  func `A producer is held back by a server that does not read, and cancelled with the request`()
    throws
  {
    let produced = Counter()
    struct Endless: AsyncSequence, AsyncIteratorProtocol, Sendable {
      let count: @Sendable () -> Void
      func makeAsyncIterator() -> Endless { self }
      mutating func next() async throws -> [UInt8]? {
        try Task.checkCancellation()
        count()
        return [UInt8](repeating: 0, count: 65_536)
      }
    }
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await sleep(for: .seconds(60))
      } while: { (server: ScriptedServer) async throws in
        let (client, url) = (HTTPClient(), server.url)
        let task = createTask {
          try await client.post(url, .sequence(Endless { produced.add() }))
        }
        // The buffers of the sockets are full when nothing more is asked for.
        var last = -1
        while last != produced.value || last == 0 {
          last = produced.value
          for _ in 0..<200 { await Task.yield() }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
      }
    }
    // 16 MiB are more than sockets hold.
    #expect(produced.value < 256)
  }
}
