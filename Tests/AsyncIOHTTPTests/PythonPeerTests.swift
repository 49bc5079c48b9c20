// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Testing

/// Against Python's `http.server`, which speaks HTTP/1.0 and closes each connection.
@Suite struct PythonPeerTests {
  @Test func `Files, folders and what is not there`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("python-peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("hello\n".utf8).write(to: folder.appendingPathComponent("a b.txt"))
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.path,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer { process.terminate() }
    var text = ""
    while !text.contains("\n") {
      let piece = output.fileHandleForReading.availableData
      if piece.isEmpty { break }
      text += String(decoding: piece, as: UTF8.self)
    }
    let port = try #require(text.firstMatch(of: /port ([0-9]+)/)).1
    try onLoop { () async throws in
      let client = HTTPClient()
      let file = try await client.get("http://127.0.0.1:\(port)/a%20b.txt")
      #expect(file.text == "hello\n" && file.head.version == "1.0")
      let list = try await client.get("http://127.0.0.1:\(port)/")
      #expect(list.text.contains("a b.txt") && !list.story.isConnectionReused)
      #expect(try await client.head("http://127.0.0.1:\(port)/a%20b.txt").body.isEmpty)
      #expect(try await client.get("http://127.0.0.1:\(port)/missing").status == .notFound)
      let post = try await client.post("http://127.0.0.1:\(port)/", .text("x"))
      #expect(post.status == .notImplemented)
    }
  }
}
