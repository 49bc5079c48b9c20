// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct UnixTests {
  /// A path in a new directory that is removed afterwards.
  private func withPath(_ body: @escaping @Sendable (String) async throws -> Void) throws {
    try withTemporaryDirectory { try await body($0.appending("socket").string) }
  }

  private static func echo(_ stream: UnixStream) async throws {
    for try await piece in stream.chunks { try await stream.write(piece) }
  }

  @Test
  func `unix-001 streams-001: A server at a path answers, and its file is gone when it has ended`()
    throws
  {
    try withPath { (path) async throws in
      let listener = try await UnixListener.bind(path: path, mode: 0o600)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      let serving = createTask {
        try await listener.serve { stream in
          _ = try await stream.readUntil("\r\n\r\n")
          try await stream.write("HTTP/1.0 200 OK\r\n\r\nbody")
        }
      }
      let client = try await UnixStream.connect(path: path)
      try await client.write("GET / HTTP/1.0\r\n\r\n")
      #expect(try await client.readLine().text == "HTTP/1.0 200 OK\r\n")
      #expect(try await client.readToEnd(limit: 1000).text.hasSuffix("body"))
      #expect(try client.peerCredentials().process == ProcessInfo.processInfo.processIdentifier)
      await client.close()
      await listener.close()
      try await serving.value
      #expect(!FileManager.default.fileExists(atPath: path))
      await #expect(throws: IOError.self) { _ = try await UnixStream.connect(path: path) }
    }
  }

  @Test func `unix-002: A socket file that is left over is replaced, one in use is not`() throws {
    try withPath { (path) async throws in
      let stale = try Sockets.make(.unix, isStream: true)
      try Sockets.bind(stale, to: try SocketAddress(unixPath: path))
      Syscalls.closeDescriptor(stale)
      let listener = try await UnixListener.bind(path: path)
      let serving = createTask { try await listener.serve(Self.echo) }
      await settle()
      let error = await #expect(throws: IOError.self) {
        _ = try await UnixListener.bind(path: path)
      }
      #expect(error.map(String.init(describing:))?.contains(path) == true)
      let client = try await UnixStream.connect(path: path)
      try await client.write("x")
      #expect(try await client.read().text == "x")
      await client.close()
      await listener.close()
      try await serving.value
    }
  }

  @Test func `unix-003: A file that is no socket is an error, and is not touched`() throws {
    try withPath { (path) async throws in
      try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
      let error = await #expect(throws: IOError.self) {
        _ = try await UnixListener.bind(path: path)
      }
      #expect(error.map(String.init(describing:))?.contains(path) == true)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }
  }

  @Test func `unix-004: A path that does not exist is named`() throws {
    try withPath { (path) async throws in
      let error = await #expect(throws: IOError.self) {
        _ = try await UnixStream.connect(path: path)
      }
      #expect(error?.errno == ENOENT)
      #expect(throws: IOError.self) {
        try SocketAddress(unixPath: String(repeating: "x", count: 108))
      }
      #expect(throws: IOError.self) { try SocketAddress(unixPath: "") }
    }
  }

  @Test func `unix-011: A file that somebody else has put there stays`() throws {
    try withPath { (path) async throws in
      let listener = try await UnixListener.bind(path: path)
      try FileManager.default.removeItem(atPath: path)
      let other = try await UnixListener.bind(path: path)
      await listener.close()
      #expect(FileManager.default.fileExists(atPath: path))
      await other.close()
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
