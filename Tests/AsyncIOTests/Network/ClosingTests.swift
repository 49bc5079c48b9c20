// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What was written reaches the peer, whatever was not read.
@Suite struct ClosingTests {
  private static let answer = (0..<2_097_152).map { UInt8(truncatingIfNeeded: $0 &* 37) }

  /// Sends much that nobody reads, then reads slowly to the end.
  private func readSlowly(_ client: TCPStream) async throws -> [UInt8] {
    var received: [UInt8] = []
    while case let piece = try await client.read(), !piece.isEmpty {
      received += piece
      if received.count % 7 == 0 { await yields(200) }
    }
    return received
  }

  @Test func `A close with unread input loses nothing that was written`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.client.write([UInt8](repeating: 1, count: 100_000))
      let (_, received) = try await gather(
        {
          try await pair.server.write(Self.answer)
          await pair.server.close()
        },
        { try await self.readSlowly(pair.client) })
      #expect(received == Self.answer)
      await pair.client.close()
    }
  }

  @Test func `A peer that goes on sending gets everything, and no reset`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      let isDone = AsyncEvent()
      let (_, received, _) = try await gather(
        {
          try await pair.server.write(Self.answer)
          await pair.server.close()
        },
        {
          let received = try await self.readSlowly(pair.client)
          isDone.set()
          try await pair.client.finishWriting()
          return received
        },
        {
          // Not after the end was seen: nobody has to take that.
          while !isDone.isSet {
            try await pair.client.write([UInt8](repeating: 2, count: 1000))
            await yields(200)
          }
        })
      #expect(received == Self.answer)
      await pair.client.close()
    }
  }

  @Test func `The end of a handler with unread input loses nothing`() throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await listener.serve { try await $0.write(Self.answer) } }
      let client = try await TCPStream.connect(
        to: "127.0.0.1", port: listener.localAddress.port)
      try await client.write([UInt8](repeating: 1, count: 50_000))
      #expect(try await readSlowly(client) == Self.answer)
      await client.close()
      serving.cancel()
      _ = await serving.result
    }
  }

  @Test func `A Unix stream that is closed with unread input ends, and is not reset`() throws {
    try withPair { one, other in
      try await one.write("nobody reads this")
      try await other.write("but this")
      await other.close()
      #expect(try await one.readToEnd(limit: 100).text == "but this")
    }
  }

  @Test func `A close does not wait for a quiet peer that has everything`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.client.write("request")
      _ = try await pair.server.readExactly(7)
      try await pair.server.write("answer")
      _ = try await pair.client.readExactly(6)
      // The peer stays open: what is waited for is its confirmation, not its end.
      await pair.client.close()
      #expect(pair.client.isClosed && !pair.server.isClosed)
      #expect(try await pair.server.read() == [])
      await pair.server.close()
    }
  }

  @Test func `Who reads a stream that is being closed is told, and so is who begins to`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.server.write(Self.answer.prefix(100_000))
      let reading = createTask { try await pair.server.read() }
      try await pair.client.write([UInt8](repeating: 1, count: 100))
      _ = try await reading.value
      let second = createTask { try await pair.server.readExactly(1000) }
      await settle()
      let closing = createTask { await pair.server.close() }
      await #expect(throws: StreamClosedError.self) { _ = try await second.value }
      await #expect(throws: StreamClosedError.self) { _ = try await pair.server.read() }
      await #expect(throws: StreamClosedError.self) { try await pair.server.write("x") }
      #expect(try await pair.client.readToEnd(limit: 200_000).count == 100_000)
      await pair.client.close()
      try await closing.value
    }
  }

  /// A close of the server's end that waits for the client to read.
  private func closingThatWaits(_ pair: TCPPair) async throws -> Task<Void, any Error> {
    // More than the peer's memory holds, and the peer does not read.
    let writing = createTask {
      try await pair.server.write([UInt8](repeating: 1, count: 1 << 26))
    }
    try await pair.client.write("unread")
    try await pair.server.direct?.waitUntilReady(.read)
    writing.cancel()
    _ = await writing.result
    let closing = createTask { await pair.server.close() }
    await settle()
    return closing
  }

  @Test func `A close that waits for its peer ends when its task is cancelled`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      let closing = try await closingThatWaits(pair)
      closing.cancel()
      try await closing.value
      #expect(pair.server.isClosed)
      pair.client.abort()
    }
  }

  @Test func `An abort ends a close that waits, and resets the connection`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      let closing = try await closingThatWaits(pair)
      pair.server.abort()
      try await closing.value
      let error = await #expect(throws: IOError.self) {
        while case let piece = try await pair.client.read(), !piece.isEmpty {}
      }
      #expect(error?.errno == ECONNRESET)
      await pair.client.close()
    }
  }
}

@Suite struct SeparatorTests {
  private static let separators = [[UInt8]("abcd"), [UInt8]("bc")]

  @Test(arguments: [["0123abcd"], ["0123ab", "cd"], ["0123abc", "d"], ["0", "123a", "b", "cd"]])
  func `The separator that ends first wins, in whatever pieces the bytes come`(
    _ pieces: [String]
  ) throws {
    try withPair { reader, writer in
      let (found, _) = try await gather(
        { try await reader.readUntil(anyOf: Self.separators).text },
        {
          for piece in pieces {
            try await writer.write(piece)
            await settle()
          }
        })
      #expect(found == "0123abc")
      #expect(try await reader.readExactly(1).text == "d")
    }
  }

  @Test func `Of separators that end at one place the longest counts for the limit`() {
    var (buffer, search) = (InputBuffer(), DelimiterSearch([[2, 3], [1, 2, 3]], limit: 1))
    [UInt8]([0, 1, 2, 3]).withUnsafeBytes { buffer.append($0) }
    #expect(search.look(in: buffer) == .found(count: 4))
  }
}
