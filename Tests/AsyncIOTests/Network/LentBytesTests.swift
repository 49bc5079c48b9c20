// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Bytes that a stream lends.
@Suite struct LentBytesTests {
  @Test func `What is there is lent, and taken afterwards`() throws {
    try onPair { reader, writer in
      try await writer.write("one two")
      #expect(try await reader.withBytes { Self.text($0) } == "one two")
      try await writer.write("three")
      #expect(try await reader.withBytes(upTo: 2) { Self.text($0) } == "th")
      #expect(try await reader.read() == Array("ree".utf8))
    }
  }

  @Test func `A task waits for bytes to be lent`() throws {
    try onPair { reader, writer in
      let text = createTask { try await reader.withBytes { Self.text($0) } }
      await untilWaiting(for: .readable)
      try await writer.write("late")
      #expect(try await text.value == "late")
    }
  }

  @Test func `What was buffered is lent first`() throws {
    try onPair { reader, writer in
      try await writer.write("line\nrest")
      #expect(try await reader.readLine() == Array("line\n".utf8))
      #expect(try await reader.peek() == Array("rest".utf8))
      #expect(try await reader.withBytes(upTo: 3) { Self.text($0) } == "res")
      #expect(try await reader.withBytes { Self.text($0) } == "t")
    }
  }

  @Test(arguments: [false, true])
  func `Bytes on which the body fails stay`(_ isBuffered: Bool) throws {
    try onPair { reader, writer in
      try await writer.write("bytes")
      if isBuffered { _ = try await reader.peek() }
      await #expect(throws: Refusal.self) {
        try await reader.withBytes(upTo: 4) { _ in throw Refusal() }
      }
      #expect(try await reader.readExactly(5) == Array("bytes".utf8))
    }
  }

  @Test func `What other code reads meanwhile leaves lent bytes as they are`() throws {
    try onPair { reader, writer in
      let (other, otherWriter) = try connectedPair()
      defer {
        other.abort()
        otherWriter.abort()
      }
      // Read once, so that the next bytes are known to be there.
      try await otherWriter.write("first")
      #expect(try await other.read().text == "first")
      try await otherWriter.write("other bytes")
      try await writer.write("lent bytes")
      let read = Guarded<Task<[UInt8], any Error>?>(nil)
      let text = try await reader.withBytes { bytes in
        // Runs at once, up to its first wait.
        read.withLock { $0 = createTask(eager: true) { try await other.read() } }
        return Self.text(bytes)
      }
      #expect(text == "lent bytes")
      let task = try #require(read.withLock { $0 })
      #expect(try await task.value.text == "other bytes")
    }
  }

  @Test func `At the end of the stream none are lent, again and again`() throws {
    try onPair { reader, writer in
      try await writer.finishWriting()
      for _ in 0..<2 { #expect(try await reader.withBytes { $0.byteCount } == 0) }
      #expect(reader.isAtEnd)
    }
  }

  @Test func `A task that is cancelled takes nothing`() throws {
    try onPair { reader, writer in
      let waiting = createTask { try await reader.withBytes { $0.byteCount } }
      await untilWaiting(for: .readable)
      waiting.cancel()
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
      let before = createTask {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await reader.withBytes { $0.byteCount }
      }
      try await writer.write("all")
      await #expect(throws: CancellationError.self) { _ = try await before.value }
      #expect(try await reader.withBytes { Self.text($0) } == "all")
    }
  }

  @Test func `Granted and cancelled in one turn, the bytes are there for the next`() throws {
    try onPair { reader, writer in
      let task = createTask { try await reader.withBytes { Self.text($0) } }
      await untilWaiting(for: .readable)
      try await writer.write("bytes")
      task.cancel()
      let text = try? await task.value
      if text == nil { #expect(try await reader.read() == Array("bytes".utf8)) }
      #expect(text == nil || text == "bytes")
    }
  }

  @Test func `One reader at a time, and none after the end`() throws {
    try onPair { reader, _ in
      let waiting = createTask { try await reader.withBytes { $0.byteCount } }
      await untilWaiting(for: .readable)
      await #expect(throws: StreamBusyError.self) {
        _ = try await reader.withBytes { $0.byteCount }
      }
      reader.abort()
      await #expect(throws: StreamClosedError.self) { _ = try await waiting.value }
      await #expect(throws: StreamClosedError.self) {
        _ = try await reader.withBytes { $0.byteCount }
      }
    }
  }

  @Test func `A file and a large stream are lent piece by piece`() throws {
    try withTemporaryDirectory { directory async throws in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try await Files.write(bytes, to: directory.appending("file"))
      let stream = try await Files.open(directory.appending("file"))
      var read: [UInt8] = []
      while true {
        let piece = try await stream.withBytes { bytes in
          #expect(bytes.byteCount <= FileStream.pieceSize)
          return bytes.withUnsafeBytes { Array($0) }
        }
        if piece.isEmpty { break }
        read += piece
      }
      #expect(read == bytes)
      await stream.close()
    }
  }

  private struct Refusal: Error {}

  private static func text(_ bytes: RawSpan) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Two ends of a connection.
  private func onPair(
    _ body: @escaping @Sendable (_ reader: UnixStream, _ writer: UnixStream) async throws -> Void
  ) throws {
    try onNetworkLoop {
      let (reader, writer) = try connectedPair()
      try await body(reader, writer)
      reader.abort()
      writer.abort()
    }
  }
}
