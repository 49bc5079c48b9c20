// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import TestSupport
import Testing

/// The examples that serve and connect, used as one would use them.
@Suite struct NetworkExampleTests {
  /// Runs `body` on a loop with the port at which a program listens, and ends the program.
  private func withServer(
    _ name: String, _ arguments: [String], _ body: @escaping @Sendable (Int) async throws -> Void
  ) throws {
    let program = try Program(name, arguments)
    defer {
      program.signal(SIGTERM)
      _ = try? program.wait()
    }
    try #require(program.waitForOutput("\n"))
    let line = program.output.split(separator: "\n")[0]
    let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
    try EventLoop.run(.init(mode: .scoped)) {
      try await withTimeout(.seconds(30)) { try await body(port) }
    }
  }

  private static func connect(_ port: Int) async throws -> TCPStream {
    try await TCPStream.connect(to: "127.0.0.1", port: port)
  }

  private static func line(_ stream: TCPStream) async throws -> String {
    String(decoding: try await stream.readLine(), as: UTF8.self)
  }

  @Test func `Who chats reads what the others say`() throws {
    try withServer("ChatServer", ["0"]) { port in
      let (anna, bert) = (try await Self.connect(port), try await Self.connect(port))
      _ = try await anna.readExactly(6)
      try await anna.write("anna\n")
      _ = try await bert.readExactly(6)
      // The same loop serves both in turn: a whole exchange later anna is in.
      let third = try await Self.connect(port)
      _ = try await third.readExactly(6)
      try await bert.write("bert\n")
      #expect(try await Self.line(anna) == "* bert is here\n")
      try await bert.write("hello\n")
      #expect(try await Self.line(anna) == "bert: hello\n")
      try await anna.write("hi bert\n")
      #expect(try await Self.line(bert) == "anna: hi bert\n")
      await bert.close()
      #expect(try await Self.line(anna) == "* bert has left\n")
      await anna.close()
    }
  }

  @Test func `A name is free again after its connection was reset`() throws {
    try withServer("ChatServer", ["0"]) { port in
      for _ in 0..<3 {
        let ghost = try await Self.connect(port)
        _ = try await ghost.readExactly(6)
        try await ghost.write("ghost\n")
        // Answered by the room, it is in.
        let other = try await Self.connect(port)
        _ = try await other.readExactly(6)
        try await other.write("other\n")
        #expect(try await Self.line(ghost) == "* other is here\n")
        ghost.abort()
        #expect(try await Self.line(other) == "* ghost has left\n")
        await other.close()
        // Until the room has seen that, too.
        while true {
          let probe = try await Self.connect(port)
          _ = try await probe.readExactly(6)
          try await probe.write("other\n")
          let answer = try await moveOn(after: .milliseconds(50)) { try await Self.line(probe) }
          probe.abort()
          if answer == nil { break }
        }
        try await sleep(for: .milliseconds(20))
      }
    }
  }

  @Test func `A proxy passes on both directions and both ends`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let target = listener.localAddress
      let serving = createTask {
        try await listener.serve { stream in
          let all = try await stream.readToEnd(limit: 1 << 20)
          try await stream.write("got \(all.count)")
        }
      }
      try await runBlocking {
        try withServer("Proxy", ["0", "\(target)"]) { port in
          let client = try await Self.connect(port)
          try await client.write([UInt8](repeating: 1, count: 100_000))
          try await client.finishWriting()
          let answer = try await client.readToEnd(limit: 100)
          #expect(String(decoding: answer, as: UTF8.self) == "got 100000")
          await client.close()
        }
      }
      serving.cancel()
    }
  }

  @Test func `What is added to a file reaches everybody`() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try withServer("TailToMany", [file.path, "0"]) { port in
      let readers = [try await Self.connect(port), try await Self.connect(port)]
      // tail may need a moment to begin, and the server to know its readers.
      let writing = createTask {
        while true {
          try await Files.append(Array("a line\n".utf8), to: .init(file.path))
          try await sleep(for: .milliseconds(50))
        }
      }
      for reader in readers { #expect(try await Self.line(reader) == "a line\n") }
      writing.cancel()
      for reader in readers { await reader.close() }
    }
  }

  @Test func `Ports that answer are found, and others are not`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let port = listener.localAddress.port
      let outcome = try await runBlocking {
        try Program.run(
          "PortScanner", ["127.0.0.1", "\(max(1, port - 2))-\(min(65535, port + 2))"])
      }
      #expect(outcome.lines.contains("\(port) open"))
      let ping = try await runBlocking {
        try Program.run("TCPPing", ["--count", "1", "127.0.0.1:\(port)", "127.0.0.1:1"])
      }
      #expect(ping.lines.contains { $0.hasPrefix("127.0.0.1:\(port) answers after") })
      #expect(ping.lines.contains { $0.hasPrefix("127.0.0.1:1 does not answer: cannot connect") })
      await listener.close()
    }
  }

  @Test(arguments: [
    ("PortScanner", ["localhost", "9-1"]), ("Proxy", ["80"]), ("TCPPing", ["--count", "x"]),
    ("TailToMany", []),
  ])
  func `Wrong arguments are told, with how it is done`(_ name: String, _ arguments: [String]) throws
  {
    let outcome = try Program.run(name, arguments)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("error: usage: \(name)"))
  }
}
