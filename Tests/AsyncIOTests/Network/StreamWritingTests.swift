// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct StreamWritingTests {
  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
  }

  @Test func `More than the system takes is written whole, while the peer reads`() throws {
    try withPair { (one, other) async throws in
      let sent = Self.bytes(3_000_000)
      let (_, received) = try await gather(
        {
          try await one.write(sent); try await one.finishWriting()
        },
        { try await other.readToEnd(limit: 10_000_000) })
      #expect(received == sent)
    }
  }

  @Test func `Several buffers go out in order, however the system cuts them`() throws {
    try withPair { (one, other) async throws in
      let buffers = [Self.bytes(10), [], Self.bytes(500_000), Self.bytes(1), Self.bytes(700_000)]
      let (_, received) = try await gather(
        {
          try await one.write(buffers); try await one.finishWriting()
        },
        { try await other.readToEnd(limit: 10_000_000) })
      #expect(received == Array(buffers.joined()))
    }
  }

  @Test func `Spans and memory are written without a copy`() throws {
    try withPair { (one, other) async throws in
      let bytes = Self.bytes(100)
      try await one.write(bytes.span.bytes)
      #expect(try await other.readExactly(100) == bytes)
    }
  }

  @Test func `streams-029: Tasks that wait to write all go on, each write whole and in order`()
    throws
  {
    try withPair { (one, other) async throws in
      let writers = (0..<10).map { index in
        createTask { try await one.write([UInt8](repeating: UInt8(index), count: 300_000)) }
      }
      await settle()
      for index in 0..<10 {
        let piece = try await other.readExactly(300_000)
        #expect(piece.allSatisfy { $0 == UInt8(index) })
      }
      for writer in writers { try await writer.value }
    }
  }

  @Test func `streams-030: Whoever writes to a peer that has gone gets an error, and no signal`()
    throws
  {
    try withPair { (one, other) async throws in
      await other.close()
      let error = await #expect(throws: IOError.self) {
        while true { try await one.write("data") }
      }
      #expect(error?.errno == EPIPE || error?.errno == ECONNRESET)
    }
  }

  @Test func `streams-031: A stream is closed right after close, whatever was unread`() throws {
    for hasUnread in [false, true] {
      try withPair { (one, other) async throws in
        if hasUnread { try await other.write("unread") }
        #expect(!one.isClosed)
        await one.close()
        #expect(one.isClosed)
      }
    }
  }

  @Test func `streams-033 streams-043: Nothing can be written to a stream that was closed here`()
    throws
  {
    try withPair { (one, _) async throws in
      await one.close()
      await #expect(throws: StreamClosedError.self) { try await one.write("x") }
      await #expect(throws: StreamClosedError.self) { try await one.finishWriting() }
    }
  }

  @Test func `streams-039: Nothing is written for no bytes`() throws {
    try withPair { (one, other) async throws in
      try await one.write([])
      try await one.write("")
      try await one.write([[], []])
      try await one.write("x")
      #expect(try await other.read().text == "x")
    }
  }

  @Test func `streams-038: What is written is what the bytes were at the call`() throws {
    try withPair { (one, other) async throws in
      var bytes = Self.bytes(400_000)
      let sent = bytes
      let writing = createTask { try await one.write(sent) }
      await settle()
      bytes[399_999] = 0xFF
      #expect(try await other.readExactly(400_000) == sent)
      try await writing.value
      #expect(bytes != sent)
    }
  }

  @Test
  func `streams-045: An abort closes at once, even with a write under way, and twice is harmless`()
    throws
  {
    try withPair { (one, other) async throws in
      let writing = createTask { try await one.write(Self.bytes(5_000_000)) }
      await settle()
      one.abort()
      one.abort()
      #expect(one.isClosed)
      await #expect(throws: IncompleteWriteError.self) { _ = try await writing.value }
      await one.close()
      await other.close()
      await other.close()
    }
  }

  @Test
  func
    `streams-046 streams-047: Half closed, a stream can still be read, and both ends are the program's`()
    throws
  {
    try withPair { (one, other) async throws in
      try await one.write("question")
      try await one.finishWriting()
      try await one.finishWriting()
      #expect(try await other.readToEnd(limit: 100).text == "question")
      try await other.write("answer")
      await other.close()
      #expect(try await one.readToEnd(limit: 100).text == "answer")
      await #expect(throws: StreamClosedError.self) { try await one.write("more") }
    }
  }

  @Test func `B89: A cancelled write that had begun says how far it came, and is the last`() throws
  {
    try withPair { (one, other) async throws in
      let writing = createTask { try await one.write(Self.bytes(5_000_000)) }
      await untilWaiting(for: .writable)
      writing.cancel()
      let error = await #expect(throws: IncompleteWriteError.self) { _ = try await writing.value }
      let written = error?.written ?? 0
      #expect(written > 0 && written < 5_000_000)
      #expect(error?.cause is CancellationError)
      await #expect(throws: IncompleteWriteError.self) { try await one.write("x") }
      await one.close()
      #expect(try await other.readToEnd(limit: 5_000_000).count == written)
    }
  }

  @Test func `A cancelled write that waits for its turn has not happened`() throws {
    try withPair { (one, other) async throws in
      let first = createTask { try await one.write(Self.bytes(1_000_000)) }
      await settle()
      let second = createTask { try await one.write("never") }
      let third = createTask { try await one.write("after") }
      await settle()
      second.cancel()
      await #expect(throws: CancellationError.self) { try await second.value }
      #expect(try await other.readExactly(1_000_000) == Self.bytes(1_000_000))
      #expect(try await other.readExactly(5).text == "after")
      try await first.value
      try await third.value
    }
  }

  @Test func `Close waits for a write under way`() throws {
    try withPair { (one, other) async throws in
      let writing = createTask { try await one.write(Self.bytes(1_000_000)) }
      await settle()
      let closing = createTask { await one.close() }
      #expect(try await other.readToEnd(limit: 2_000_000).count == 1_000_000)
      try await writing.value
      try await closing.value
    }
  }

  @Test func `server-007: A close that is cancelled does not wait for a peer that does not read`()
    throws
  {
    try withPair { (one, _) async throws in
      let writing = createTask { try await one.write(Self.bytes(5_000_000)) }
      await settle()
      let closing = createTask { await one.close() }
      await settle()
      #expect(!one.isClosed)
      closing.cancel()
      try await closing.value
      #expect(one.isClosed)
      await #expect(throws: IncompleteWriteError.self) { _ = try await writing.value }
    }
  }

  @Test func `streams-049: A peer that sends too fast is held back while nobody reads`() throws {
    try withPair { (one, other) async throws in
      let sent = Guarded(0)
      let writing = createTask {
        while true {
          try await one.write(Self.bytes(65536))
          sent.withLock { $0 += 65536 }
        }
      }
      await untilWaiting(for: .writable)
      let first = sent.withLock { $0 }
      await settle()
      #expect(sent.withLock { $0 } == first)
      #expect(first < 4 << 20)
      writing.cancel()
      _ = await writing.result
      _ = other
    }
  }

  @Test
  func `streams-008 streams-025: Once broken, every read throws the error, a waiting one at once`()
    throws
  {
    try onNetworkLoop {
      let pair = try await TCPPair()
      let waiting = createTask { try await pair.client.readLine() }
      await settle()
      pair.server.abort()
      let error = await #expect(throws: IOError.self) { try await waiting.value }
      #expect(error?.errno == ECONNRESET)
      await #expect(throws: IOError.self) { try await pair.client.read() }
      await #expect(throws: IOError.self) { try await pair.client.readExactly(1) }
      await #expect(throws: IOError.self) { try await pair.client.readToEnd(limit: 1) }
      await #expect(throws: IOError.self) { try await pair.client.peek() }
      await pair.client.close()
    }
  }
}
