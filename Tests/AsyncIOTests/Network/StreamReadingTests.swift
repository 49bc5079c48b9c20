// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct StreamReadingTests {
  /// A reader before which these bytes, and then the end, arrive.
  private func withInput(
    _ pieces: [String], ends: Bool = true,
    _ body: @escaping @Sendable (_ reader: UnixStream) async throws -> Void
  ) throws {
    try withPair { (reader, writer) async throws in
      let feeding = createTask {
        for piece in pieces {
          try await writer.write(piece)
          for _ in 0..<5 { await Task.yield() }
        }
        if ends { try await writer.finishWriting() }
      }
      try await body(reader)
      try await feeding.value
    }
  }

  @Test func `streams-004: A read returns what is there, and does not wait for more`() throws {
    try withInput([String(repeating: "x", count: 18)], ends: false) { (reader) async throws in
      #expect(try await reader.read(upTo: 30).count == 18)
    }
  }

  @Test func `streams-006: At the end a waiting read returns nothing`() throws {
    try withPair { (reader, writer) async throws in
      let reading = createTask { try await reader.read() }
      await settle()
      try await writer.finishWriting()
      #expect(try await reading.value.isEmpty)
      #expect(try await reader.read().isEmpty)
    }
  }

  @Test func `streams-007: Reading to the end joins what came`() throws {
    try withInput(["one ", "two"]) { (reader) async throws in
      #expect(try await reader.readToEnd(limit: 100).text == "one two")
      #expect(reader.isAtEnd)
    }
  }

  @Test func `streams-010: A limit of lines does not bound explicit sizes`() throws {
    try withInput(["12345"]) { (reader) async throws in
      await #expect(throws: LimitOverrunError.self) { try await reader.readLine(limit: 3) }
      #expect(try await reader.readExactly(5).text == "12345")
    }
  }

  @Test func `streams-011: A line comes in one piece, and what follows stays`() throws {
    try withInput(["chunk1 ", "chunk2 ", "chunk3 ", "\n chunk4"]) { (reader) async throws in
      #expect(try await reader.readLine().text == "chunk1 chunk2 chunk3 \n")
      #expect(try await reader.readToEnd(limit: 100).text == " chunk4")
    }
  }

  @Test func `streams-013: At its end is a stream that has ended and was read to the end`() throws {
    try withInput(["line\n"]) { (reader) async throws in
      #expect(!reader.isAtEnd)
      #expect(try await reader.readLine().text == "line\n")
      #expect(!reader.isAtEnd)
      #expect(try await reader.readLine().isEmpty)
      #expect(reader.isAtEnd)
    }
  }

  @Test func `streams-017: A separator is found wherever the pieces are cut`() throws {
    let message = "head aab body"
    for cut in 1..<message.count {
      let pieces = [String(message.prefix(cut)), String(message.dropFirst(cut))]
      try withInput(pieces) { (reader) async throws in
        #expect(try await reader.readUntil("aab").text == "head aab")
        #expect(try await reader.readToEnd(limit: 100).text == " body")
      }
    }
    try withInput(["aaaab!"]) { (reader) async throws in
      #expect(try await reader.readUntil("aab").text == "aaaab")
    }
  }

  @Test func `streams-018: An end within a separator gives what there was, and no expected count`()
    throws
  {
    try withInput(["some a", "a"]) { (reader) async throws in
      let error = await #expect(throws: IncompleteReadError.self) {
        try await reader.readUntil("aab")
      }
      #expect(error == IncompleteReadError(partial: .init("some aa"), expected: nil))
      #expect(try await reader.read().isEmpty)
    }
  }

  @Test
  func
    `streams-019: Over the limit nothing is lost, and the error tells whether the separator was there`()
    throws
  {
    try withInput(["12345678AA"], ends: false) { (reader) async throws in
      let first = await #expect(throws: LimitOverrunError.self) {
        try await reader.readUntil("AAA", limit: 3)
      }
      #expect(first?.isSeparatorFound == false)
    }
    try withInput(["12345678AAA"], ends: false) { (reader) async throws in
      let second = await #expect(throws: LimitOverrunError.self) {
        try await reader.readUntil("AAA", limit: 3)
      }
      #expect(second?.isSeparatorFound == true)
      #expect(try await reader.readUntil("AAA").text == "12345678AAA")
    }
  }

  @Test func `streams-021: Separators and input may be any bytes`() throws {
    try withPair { (reader, writer) async throws in
      try await writer.write([65, 66, 0, 67][...])
      #expect(try await reader.readUntil(CollectionOfOne(0)) == [65, 66, 0])
      #expect(try await reader.readUntil(anyOf: [[1], [67]]) == [67])
    }
  }

  @Test func `streams-022: No bytes come at once`() throws {
    try withInput(["ab"], ends: false) { (reader) async throws in
      #expect(try await reader.readExactly(0).isEmpty)
      #expect(try await reader.readExactly(2).text == "ab")
    }
  }

  @Test func `streams-023: Exactly so many bytes, whatever the pieces`() throws {
    let piece = String(repeating: "p", count: 18)
    try withInput([piece, piece, piece]) { (reader) async throws in
      #expect(try await reader.readExactly(36).count == 36)
      #expect(try await reader.readToEnd(limit: 100).count == 18)
    }
  }

  @Test func `streams-024: Too few bytes are an error that has them`() throws {
    try withInput([String(repeating: "p", count: 18)]) { (reader) async throws in
      let error = await #expect(throws: IncompleteReadError.self) {
        try await reader.readExactly(36)
      }
      #expect(error?.partial.count == 18)
      #expect(error?.expected == 36)
      #expect(error.map(String.init(describing:))?.contains("18 of 36 bytes") == true)
      #expect(try await reader.read().isEmpty)
    }
  }

  @Test func `streams-027: A second reader is refused, and the first is not disturbed`() throws {
    try withPair { (reader, writer) async throws in
      let reading = createTask { try await reader.read() }
      await settle()
      await #expect(throws: StreamBusyError.self) { try await reader.read() }
      try await writer.write("for the first")
      #expect(try await reading.value.text == "for the first")
    }
  }

  @Test func `socket-010 B89: A cancelled read takes nothing away`() throws {
    try withPair { (reader, writer) async throws in
      for kind in 0..<4 {
        let reading = createTask { () -> [UInt8] in
          switch kind {
          case 0: try await reader.read()
          case 1: try await reader.readExactly(10)
          case 2: try await reader.readLine()
          default: try await reader.readToEnd(limit: 100)
          }
        }
        await settle()
        if kind > 0 {
          try await writer.write("half")
          try await sleep(for: .milliseconds(5))
        }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        try await writer.write("rest\n")
        let expected = kind > 0 ? "halfrest\n" : "rest\n"
        #expect(try await reader.readExactly(expected.count).text == expected)
      }
    }
  }

  @Test func `A task that is cancelled already reads and writes nothing`() throws {
    try withPair { (reader, writer) async throws in
      try await writer.write("there")
      let task = createTask {
        cancelThisTask()
        await #expect(throws: CancellationError.self) { try await reader.read() }
        await #expect(throws: CancellationError.self) { try await reader.write("x") }
      }
      try await task.value
      #expect(try await reader.read().text == "there")
      await reader.close()
      #expect(try await writer.read().isEmpty)
    }
  }

  @Test func `streams-037: Lines are a sequence, the last without a newline`() throws {
    try withInput(["line1\nli", "ne2\nline3"]) { (reader) async throws in
      var lines: [String] = []
      for try await line in reader.lines { lines.append(line.text) }
      #expect(lines == ["line1\n", "line2\n", "line3"])
    }
  }

  @Test func `Pieces are a sequence that ends with the stream`() throws {
    try withInput(["a", "b", "c"]) { (reader) async throws in
      var all = ""
      for try await piece in reader.chunks { all += piece.text }
      #expect(all == "abc")
    }
  }

  @Test func `Peeking takes nothing out`() throws {
    try withInput(["abc"]) { (reader) async throws in
      #expect(try await reader.peek(upTo: 2).text == "ab")
      #expect(try await reader.read().text == "abc")
      #expect(try await reader.peek().isEmpty)
    }
  }

  @Test func `streams-050: A reader may bring its own memory, of any size`() throws {
    for size in [1, 2, 4, 100] {
      try withInput([String(repeating: "x", count: 4096), "yz"]) { (reader) async throws in
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { memory.deallocate() }
        var bytes: [UInt8] = []
        while case let count = try await reader.read(into: memory), count > 0 {
          bytes += memory[..<count]
        }
        #expect(bytes.count == 4098)
        #expect(bytes.suffix(2).elementsEqual("yz".utf8))
      }
    }
  }

  @Test func `streams-036: A stream describes how it stands`() throws {
    try withInput(["a\nbcd"]) { (reader) async throws in
      _ = try await reader.readLine()
      _ = try await reader.peek()
      #expect(reader.description.contains("bytes buffered"))
      _ = try await reader.readToEnd(limit: 10)
      #expect(reader.description.contains("at its end"))
      await reader.close()
      #expect(reader.description.contains("closed"))
    }
  }

  @Test func `streams-034: After close a read fails clearly, and one that waits is ended`() throws {
    try withPair { (reader, _) async throws in
      let reading = createTask { try await reader.read() }
      await settle()
      await reader.close()
      await #expect(throws: StreamClosedError.self) { try await reading.value }
      await #expect(throws: StreamClosedError.self) { try await reader.read() }
    }
  }
}
