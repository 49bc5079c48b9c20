// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// The examples that serve HTTP, used as one would use them.
@Suite(.timeLimit(.minutes(2))) struct HTTPExampleTests {
  /// Runs `body` on a loop with the URL at which a program listens, and ends the program.
  private func withServer(
    _ name: String, _ arguments: [String] = [],
    _ body: @escaping @Sendable (String, Program) async throws -> Void
  ) throws {
    let program = try Program(name, arguments + ["0"])
    try #require(program.waitForOutput("\n"))
    let line = program.output.split(separator: "\n")[0]
    let url = try #require(line.split(separator: " ").last.map(String.init))
    do {
      try EventLoop.run(.init(mode: .scoped)) { try await body(url, program) }
    } catch {
      program.signal(SIGTERM)
      _ = try program.wait()
      throw error
    }
    program.signal(SIGTERM)
    #expect(try program.wait().status == 0)
  }

  private struct Job: Decodable {
    let id: Int
    let state: String
    let letters: [String: Int]?
  }

  @Test func `Jobs are taken in, done, and counted`() throws {
    try withServer("JobService") { url, _ in
      let client = HTTPClient()
      let made = try await client.post(url + "/jobs", .json(["text": "hello"]))
      #expect(made.status.code == 202)
      let place = try #require(made.headers[.location])
      #expect(place == "/jobs/1")
      var job: Job
      repeat {
        job = try await client.get(url + place).check().json(as: Job.self)
        await Task.yield()
      } while job.state != "done"
      #expect(job.letters == ["h": 1, "e": 1, "l": 2, "o": 1])
      #expect(try await client.get(url + "/metrics").text.contains("jobs{state=\"done\"} 1\n"))
      #expect(try await client.get(url + "/ready").text == "ready")
      #expect(try await client.get(url + "/jobs/2").status == .notFound)
      #expect(try await client.get(url + "/jobs/x").status == .badRequest)
      let missing = try await client.post(url + "/jobs", .json(["words": "hello"]))
      #expect(missing.status == .badRequest && missing.text == ".text is missing\n")
      #expect(try await client.post(url + "/jobs", .json(["text": ""])).status.code == 422)
      let plain = try await client.post(url + "/jobs", .text("hello"))
      #expect(plain.status == .unsupportedMediaType)
    }
  }

  @Test func `A proxy hands on what it is asked, and says so`() throws {
    try withServer("HTTPProxy", [Servers.shared.nginx("")]) {
      (url: String, program: Program) async throws in
      let client = HTTPClient()
      let page = try await client.get(url + "/hello.txt")
      #expect(page.text == "hello\n")
      let missing = try await client.get(url + "/nothing")
      #expect(missing.status == .notFound)
      #expect(program.waitForLines(3))
      #expect(program.output.contains("\"target\":\"/hello.txt\""))
    }
  }

  @Test func `Who chats in a browser reads what the others say`() throws {
    try withServer("WebChat") { url, _ in
      let client = HTTPClient()
      #expect(try await client.get(url + "/").text.contains("<title>Chat</title>"))
      try await client.webSocket(url + "/chat") { (anna: WebSocket) async throws in
        #expect(try await anna.receive() == .text("* guest 1 is here"))
        try await client.webSocket(url + "/chat") { (bert: WebSocket) async throws in
          #expect(try await anna.receive() == .text("* guest 2 is here"))
          #expect(try await bert.receive() == .text("* guest 2 is here"))
          try await bert.send("hello")
          #expect(try await anna.receive() == .text("guest 2: hello"))
          #expect(try await bert.receive() == .text("guest 2: hello"))
        }
        #expect(try await anna.receive() == .text("* guest 2 has left"))
      }
      try await client.stream(.init(url + "/clock")) {
        (response: HTTPClient.StreamedResponse) async throws in
        var events = response.events.makeAsyncIterator()
        #expect(try await events.next().flatMap { Int($0.data) } ?? 0 > 1_700_000_000)
      }
      let bytes = [UInt8](repeating: 1, count: 1_000_000)
      let upload = try await client.execute(
        .init(url + "/upload", method: .put, content: .bytes(bytes)))
      #expect(upload.text == "1000000 bytes\n")
    }
  }
}
