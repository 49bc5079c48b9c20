// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Peers that misbehave.
@Suite struct StreamFaultTests {
  @Test func `One byte at a time is as good as all at once`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      let text = (0..<50).map { "line \($0)\r\n" }.joined()
      let sending = createTask {
        for byte in text.utf8 {
          try await pair.client.write([byte])
          await Task.yield()
        }
        try await pair.client.finishWriting()
      }
      for number in 0..<50 {
        #expect(try await pair.server.readUntil("\r\n").text == "line \(number)\r\n")
      }
      #expect(try await pair.server.read().isEmpty)
      try await sending.value
    }
  }

  @Test func `A reset is an error at whatever stage it comes`() throws {
    try onNetworkLoop {
      for stage in 0..<5 {
        let pair = try await TCPPair()
        let (client, server) = (pair.client, pair.server)
        let isAborted = AsyncEvent()
        let work = createTask {
          switch stage {
          case 0: _ = try await server.read()
          case 1: _ = try await server.readExactly(100)
          case 2: try await server.write([UInt8](repeating: 0, count: 20 << 20))
          case 3: _ = try await server.readToEnd(limit: 1 << 20)
          default:
            try await isAborted.wait()
            try await server.write("x")
            _ = try await server.read()
          }
        }
        if stage == 1 || stage == 3 { try await client.write("some") }
        if stage < 4 { await untilWaiting(for: stage == 2 ? .writable : .readable) }
        client.abort()
        isAborted.set()
        let error = await #expect(throws: (any Error).self) { try await work.value }
        let cause = (error as? IncompleteWriteError)?.cause ?? error
        let number = (cause as? IOError)?.errno
        #expect(number == ECONNRESET || number == EPIPE, "stage \(stage): \(error as Any)")
        await server.close()
      }
    }
  }

  @Test func `Half open for long, a connection still works in the other direction`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.client.finishWriting()
      #expect(try await pair.server.read().isEmpty)
      for number in 0..<20 {
        try await pair.server.write("\(number)\n")
        #expect(try await pair.client.readLine().text == "\(number)\n")
        await Task.yield()
      }
      await pair.server.close()
      #expect(try await pair.client.read().isEmpty)
    }
  }

  @Test func `A slow reader slows only its own connection`() throws {
    try onNetworkLoop {
      let (slow, quick) = (try await TCPPair(), try await TCPPair())
      let stuck = createTask { try await slow.server.write([UInt8](repeating: 0, count: 20 << 20)) }
      for _ in 0..<100 {
        try await quick.client.write("ping")
        #expect(try await quick.server.readExactly(4).text == "ping")
      }
      var read = 0
      while read < 20 << 20 { read += try await slow.client.read().count }
      try await stuck.value
    }
  }

  @Test func `A reader that never has to wait lets the others run`() throws {
    try onNetworkLoop {
      let (one, other) = try connectedPair()
      try await one.write([UInt8](repeating: 1, count: 100_000))
      let turns = Guarded(0)
      let ticking = createTask {
        while true {
          turns.withLock { $0 += 1 }
          await Task.yield()
          try Task.checkCancellation()
        }
      }
      for _ in 0..<50_000 { _ = try await other.read(upTo: 1) }
      ticking.cancel()
      _ = await ticking.result
      // One in 64 of the reads that found their byte at once.
      #expect(turns.withLock { $0 } > 100)
    }
  }

  @Test func `A FIFO is read as a stream`() throws {
    try onNetworkLoop {
      let path = "/tmp/asyncio-fifo-\(UInt32.random(in: 0 ... .max))"
      #expect(mkfifo(path, 0o600) == 0)
      defer { unlink(path) }
      let writing = createTask {
        try await Subprocess.shell("echo through the fifo > \"$1\"", arguments: [path])
      }
      let stream = try await Files.open(.init(path))
      // Before the writer has come there is nothing, and no end either.
      #expect(try await stream.readLine().text == "through the fifo\n")
      _ = try await writing.value
      await stream.close()
    }
  }

  @Test func `Urgent data is read in its place, and hides nothing behind it`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.client.write("abc")
      try pair.client.withSocket { descriptor in
        #expect(send(descriptor, "X", 1, Int32(MSG_OOB)) == 1)
      }
      try await pair.client.write("def")
      try await pair.client.finishWriting()
      #expect(try await pair.server.readToEnd(limit: 100).text == "abcXdef")
    }
  }
}
