// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SendFileTests {
  private static let content = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 131) }

  /// A file with `content`, removed afterwards, and a connection.
  private func withFile(
    _ content: [UInt8] = content,
    _ body: @escaping @Sendable (FilePath, TCPPair) async throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      let file = directory.appending("file")
      try await Files.write(content, to: file)
      let pair = try await TCPPair()
      try await body(file, pair)
      await pair.client.close()
      await pair.server.close()
    }
  }

  @Test func `sendfile-001: A file arrives as it is, also where the peer is slow`() throws {
    try withFile { (path, pair) async throws in
      let (sent, received) = try await gather(
        {
          let sent = try await pair.server.sendFile(path); try await pair.server.finishWriting();
          return sent
        },
        {
          var received: [UInt8] = []
          for try await piece in pair.client.chunks {
            received += piece
            await Task.yield()
          }
          return received
        })
      #expect(sent == Self.content.count)
      #expect(received == Self.content)
    }
  }

  @Test func `sendfile-002: A part of a file, between what is written before and after`() throws {
    try withFile { (path, pair) async throws in
      try await pair.server.write("<")
      #expect(try await pair.server.sendFile(path, from: 1000, count: 100) == 100)
      try await pair.server.write(">")
      let expected = Array("<".utf8) + Self.content[1000..<1100] + Array(">".utf8)
      #expect(try await pair.client.readExactly(102) == expected)
      #expect(try await pair.server.sendFile(path, from: 1_000_000, count: 100) == 3)
      #expect(try await pair.server.sendFile(path, from: 2_000_000) == 0)
    }
  }

  @Test func `sendfile-003: Of an empty file nothing is sent`() throws {
    try withFile([]) { (path, pair) async throws in
      #expect(try await pair.server.sendFile(path) == 0)
      try await pair.server.write("x")
      #expect(try await pair.client.read().text == "x")
    }
  }

  @Test func `sendfile-005: Where the kernel cannot, the file is read and written`() throws {
    try withFile { (path, _) async throws in
      let (reader, writer) = try FileStream.pipe()
      let (sent, received) = try await gather(
        {
          let sent = try await writer.sendFile(path, from: 3); await writer.close(); return sent
        },
        { try await reader.readToEnd(limit: 2_000_000) })
      #expect(sent == Self.content.count - 3)
      #expect(received == Array(Self.content[3...]))
    }
  }

  @Test func `sendfile-007: On a closed stream, and without a file, nothing is sent`() throws {
    try withFile { (path, pair) async throws in
      let missing = await #expect(throws: IOError.self) {
        _ = try await pair.server.sendFile("/no/such/file")
      }
      #expect(missing.map(String.init(describing:))?.contains("/no/such/file") == true)
      try await pair.server.write("still open")
      #expect(try await pair.client.read().text == "still open")
      await pair.server.close()
      await #expect(throws: StreamClosedError.self) { _ = try await pair.server.sendFile(path) }
    }
  }

  @Test func `sendfile-009: A peer that leaves in between is an error that says how far it came`()
    throws
  {
    try withFile([UInt8](repeating: 1, count: 40 << 20)) { (path, pair) async throws in
      let sending = createTask { try await pair.server.sendFile(path) }
      _ = try await pair.client.readExactly(1024)
      pair.client.abort()
      let error = await #expect(throws: IncompleteWriteError.self) { _ = try await sending.value }
      #expect((error?.written ?? 0) >= 1024 && (error?.total ?? 0) == 40 << 20)
    }
  }

  @Test func `sendfile-012: Cancelled while it waits, it says how far it came, and is the last`()
    throws
  {
    try withFile([UInt8](repeating: 1, count: 40 << 20)) { (path, pair) async throws in
      let sending = createTask { try await pair.server.sendFile(path) }
      try await sleep(for: .milliseconds(30))
      sending.cancel()
      let error = await #expect(throws: IncompleteWriteError.self) { _ = try await sending.value }
      #expect(error?.cause is CancellationError)
      await #expect(throws: IncompleteWriteError.self) { try await pair.server.write("x") }
    }
  }

  @Test func `Sent to a peer that has gone, a file is an error and no signal`() throws {
    try withFile { (path, pair) async throws in
      pair.client.abort()
      // Takes the reset away: what follows is a broken pipe.
      await #expect(throws: IOError.self) { _ = try await pair.server.read() }
      let error = await #expect(throws: IOError.self) { _ = try await pair.server.sendFile(path) }
      #expect(error?.errno == 32)
    }
  }
}
