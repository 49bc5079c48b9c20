// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// The recipes of the article "Fetching", as they are written there.
@Suite struct RecipeTests {
  private struct Note: Codable, Equatable { var text: String }

  private let url = Servers.shared.nginx("/hello.txt")

  @Test func `Many at once, with the errors of each`() throws {
    let urls = [url, Servers.shared.nobody, url]
    try onLoop { () async throws in
      let client = HTTPClient()
      let pages = try await gather([urls[0], urls[2]], limit: 20) { url in try await client.get(url)
      }
      #expect(pages.map(\.text) == ["hello\n", "hello\n"])
      var failed: [String] = []
      let results = await gatherResults(urls, limit: 20) { try await client.get($0) }
      for (url, result) in zip(urls, results) {
        if case .failure = result { failed.append(url) }
      }
      #expect(failed == [urls[1]])
    }
  }

  @Test func `JSON is sent and read`() throws {
    let server = try FaultServer("faults.py")
    let port = String(server.line().split(separator: " ").first ?? "")
    struct Echo: Decodable { let body: String }
    try onLoop { () async throws in
      let request = HTTPClient.Request(
        "http://127.0.0.1:\(port)/echo", method: .post,
        headers: [.contentType: "application/json"],
        body: Array(try JSONEncoder().encode(Note(text: "x"))))
      let answer = try await HTTPClient().execute(request)
      let echo = try JSONDecoder().decode(Echo.self, from: Data(answer.body))
      #expect(try JSONDecoder().decode(Note.self, from: Data(echo.body.utf8)) == Note(text: "x"))
    }
  }

  @Test func `A large body is saved to a file`() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("recipe-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try onLoop { () async throws in
      let file = try await Files.create(path)
      try await HTTPClient().stream(.init(Servers.shared.nginx("/big.bin"))) { _, chunks in
        for try await chunk in chunks { try await file.write(chunk) }
      }
      await file.close()
    }
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(size == 256 * 40_960)
  }

  @Test func `A redirect is looked at instead of followed`() throws {
    try onLoop { () async throws in
      var configuration = HTTPClient.Configuration()
      configuration.maxRedirects = 0
      let answer = try await HTTPClient(configuration).get(Servers.shared.nginx("/redirect"))
      #expect(answer.status == .found && answer.headers[.location]?.hasSuffix("/hello.txt") == true)
    }
  }

  @Test func `A request is stopped`() throws {
    try onLoop { () async throws in
      let client = HTTPClient()
      let task = createTask { try await client.get(Servers.shared.misbehaving("/stall")) }
      await Task.yield()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
  }
}
