// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// What is made of answers.
@Suite struct ResponseTests {
  @Test(arguments: [
    ("latin1", "café “x”"), ("utf16", "café"), ("sjis", "日本"), ("koi8", "мир"), ("none", "café"),
    ("mark", "x"), ("bad", "a\u{FFFD}b"), ("unknown", "x"), ("hostile", "xy"),
    ("cut", "a\u{FFFD}"), ("broken", "a\u{FFFD}b"),
  ])
  func `A text is read in the encoding that the server names`(kind: String, text: String) throws {
    let page = try onLoop { try await HTTPClient().get(Peers.shared.url("/text/\(kind)")) }
    #expect(page.text == text)
  }

  @Test(arguments: ["/events", "/events?gzip"]) func `Events come one by one`(path: String) throws {
    let events = try onLoop {
      try await HTTPClient().stream(.init(Peers.shared.url(path))) { response in
        var events: [HTTPClient.ServerSentEvent] = []
        for try await event in response.events { events.append(event) }
        return events
      }
    }
    #expect(events.map(\.data) == (0..<3).map { "\($0)\nmore" })
    #expect(events.map(\.id) == ["0", "1", "2"] && events.allSatisfy { $0.name == "tick" })
  }

  @Test func `Lines come one by one`() throws {
    let lines = try onLoop {
      try await HTTPClient().stream(.init(Peers.shared.url("/lines"))) { response in
        var lines: [String] = []
        for try await line in response.lines { lines.append(line) }
        return lines
      }
    }
    #expect(lines == ["one", "two", "", "last"])
    let error = try onLoop {
      await #expect(throws: HTTPError.self) {
        try await HTTPClient().stream(.init(Peers.shared.url("/lines"))) { response in
          for try await _ in response.lines(limit: 2) {}
        }
      }
    }
    #expect(error?.code == .tooLarge)
  }

  @Test func `Trailers come behind the body, by both versions`() throws {
    let name = try #require(HTTPField.Name("X-Checksum"))
    let answer = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await stream.write(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Checksum: abc\r\n\r\n"
        )
      } while: {
        try await HTTPClient().get($0.url)
      }
    }
    #expect(answer.text == "body" && answer.trailers[name] == "abc")
    #expect(answer.headers[name] == nil)
    let other = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.version = .http2
      return try await HTTPClient(configuration).get(Peers.shared.h2URL("/trailers"))
    }
    #expect(other.text == "body" && other.trailers[name] == "abc")
  }

  @Test func `JSON is decoded, and a status is checked`() throws {
    try onLoop { () async throws in
      let asked = try await HTTPClient().get(Peers.shared.url("/echo?x=1")).check()
        .json(as: Peers.Asked.self)
      #expect(asked.path == "/echo?x=1" && asked.method == "GET")
      let missing = try await HTTPClient().get(Peers.shared.url("/nothing"))
      let error = #expect(throws: HTTPError.self) { try missing.check() }
      #expect(error?.code == .badStatus && error?.message == "HTTP 404 Not Found")
      #expect(throws: DecodingError.self) { _ = try missing.json(as: Int.self) }
    }
  }

  @Test func `Each method is sent as such`() throws {
    try onLoop { () async throws in
      let (client, url) = (HTTPClient(), Peers.shared.url("/echo"))
      #expect(try await client.delete(url).json(as: Peers.Asked.self).method == "DELETE")
      #expect(try await client.patch(url, .text("x")).json(as: Peers.Asked.self).method == "PATCH")
      #expect(try await client.put(url, .text("x")).json(as: Peers.Asked.self).method == "PUT")
      let head = try await client.head(url)
      #expect(head.status == .ok && head.body.isEmpty)
    }
  }

  private static func withPath<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("download-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.appendingPathComponent("file").path)
  }

  private static func files(beside path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  @Test func `A download appears when it is there whole`() throws {
    try Self.withPath { path in
      let head = try onLoop {
        try await HTTPClient().download(Servers.shared.nginx("/big.bin"), to: path)
      }
      #expect(head.status == .ok)
      #expect(FileManager.default.contents(atPath: path)?.count == 256 * 40_960)
      #expect(try Self.files(beside: path) == ["file"])
    }
  }

  @Test func `A download that fails leaves the older file as it is, and nothing else`() throws {
    try Self.withPath { path in
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      for url in [
        Servers.shared.misbehaving("/short"), Servers.shared.misbehaving("/failing"),
        Servers.shared.nobody,
      ] {
        _ = try onLoop {
          await #expect(throws: HTTPError.self) { try await HTTPClient().download(url, to: path) }
        }
      }
      try onLoop { () async throws in
        let task = createTask {
          try await HTTPClient().download(Servers.shared.misbehaving("/stall-body"), to: path)
        }
        while try Self.files(beside: path).count < 2 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
      }
      #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
      #expect(try Self.files(beside: path) == ["file"])
    }
    let error = try onLoop {
      await #expect(throws: IOError.self) {
        try await HTTPClient().download(Servers.shared.nginx("/hello.txt"), to: "/no/such/folder/x")
      }
    }
    #expect("\(error as Any)".contains("/no/such/folder/x"))
  }

  @Test func `Codings may be left as they are`() throws {
    var configuration = HTTPClient.Configuration()
    configuration.decodesBodies = false
    let page = try onLoop { [configuration] in
      try await HTTPClient(configuration).get(
        Servers.shared.nginx("/gzip.txt"), headers: [.acceptEncoding: "gzip"])
    }
    #expect(page.body.starts(with: [0x1F, 0x8B]) && page.headers[.contentEncoding] == "gzip")
  }
}
