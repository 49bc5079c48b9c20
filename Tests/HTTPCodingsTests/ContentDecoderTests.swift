// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import CCodings
import Testing

@testable import HTTPCodings

@Suite struct ContentDecoderTests {
  // MARK: Helpers

  private static func encode(
    _ bytes: [UInt8], _ coding: ContentCoding, level: Int32 = 5
  ) throws -> [UInt8] {
    let encoder = try #require(asyncio_encoder_create(coding.code, level))
    defer { asyncio_encoder_destroy(encoder) }
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 16)
    defer { output.deallocate() }
    var (encoded, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes[...])
    while true {
      let (step, left) = rest.withUnsafeBufferPointer { input in
        var buffers = asyncio_coding_buffers(
          input: input.baseAddress, input_count: input.count, output: output,
          output_count: 1 << 16)
        let step = asyncio_encoder_step(encoder, &buffers, .ASYNCIO_CODING_FINISH)
        encoded += UnsafeBufferPointer(start: output, count: (1 << 16) - buffers.output_count)
        return (step, buffers.input_count)
      }
      rest = rest.suffix(left)
      try #require(step != .ASYNCIO_CODING_FAILED)
      if step == .ASYNCIO_CODING_ENDED { return encoded }
    }
  }

  private static func decode(
    _ pieces: some Sequence<[UInt8]>, _ codings: ContentCoding...
  ) throws -> [UInt8] {
    let decoder = try ContentDecoder(codings)
    var decoded: [UInt8] = []
    for piece in pieces {
      decoder.give(piece)
      while let output = try decoder.next() {
        #expect((1...ContentDecoder.pieceSize).contains(output.count))
        decoded += output
      }
    }
    try decoder.finish()
    return decoded
  }

  private static let text = Array(
    (0..<400).map { "line \($0) of a text that repeats itself\n" }.joined().utf8)

  private static func cut(_ bytes: [UInt8], at index: Int) -> [[UInt8]] {
    [Array(bytes[..<index]), Array(bytes[index...])]
  }

  // MARK: Tests

  @Test(arguments: ContentCoding.allCases)
  func `What was coded is decoded, cut at every position`(coding: ContentCoding) throws {
    let encoded = try Self.encode(Self.text, coding)
    #expect(encoded.count < Self.text.count / 3)
    #expect(try Self.decode([encoded], coding) == Self.text)
    for index in 0...encoded.count {
      #expect(try Self.decode(Self.cut(encoded, at: index), coding) == Self.text, "cut at \(index)")
    }
    #expect(try Self.decode(encoded.map { [$0] }, coding) == Self.text)
  }

  @Test(arguments: ContentCoding.allCases)
  func `A large body is decoded in pieces of every size that networks have`(
    coding: ContentCoding
  ) throws {
    var state: UInt64 = 3
    let words = (0..<200_000).map { _ -> String in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return String(state >> 48, radix: 36)
    }
    let text = Array(words.joined(separator: " ").utf8)
    let encoded = try Self.encode(text, coding)
    for size in [1_448, 4_096, 16_384, 65_536, 100_000] {
      let pieces = stride(from: 0, to: encoded.count, by: size).map {
        Array(encoded[$0..<min(encoded.count, $0 + size)])
      }
      #expect(try Self.decode(pieces, coding) == text, "in pieces of \(size)")
    }
  }

  @Test(arguments: ContentCoding.allCases)
  func `A body that is cut off anywhere is an error`(coding: ContentCoding) throws {
    let encoded = try Self.encode(Self.text, coding)
    for count in 1..<encoded.count {
      #expect(throws: ContentCodingError.truncated(coding), "after \(count) of \(encoded.count)") {
        try Self.decode([Array(encoded[..<count])], coding)
      }
    }
  }

  @Test(arguments: ContentCoding.allCases)
  func `A body without a byte is empty`(coding: ContentCoding) throws {
    #expect(try Self.decode([], coding) == [])
    #expect(try Self.decode([[]], coding) == [])
    #expect(try Self.decode([try Self.encode([], coding)], coding) == [])
  }

  @Test(arguments: ContentCoding.allCases)
  func `What is not coded so is an error`(coding: ContentCoding) throws {
    #expect(throws: ContentCodingError.malformed(coding)) {
      try Self.decode([Array("plain text that is not coded at all".utf8)], coding)
    }
  }

  @Test func `Several members of gzip are one body, and zeros may follow them`() throws {
    let members = try ["foo", "bar", "baz"].map { try Self.encode(Array($0.utf8), .gzip) }
    let whole = members.flatMap(\.self)
    for index in 0...whole.count {
      #expect(try Self.decode(Self.cut(whole, at: index), .gzip) == Array("foobarbaz".utf8))
    }
    #expect(try Self.decode([whole + [0, 0, 0], [0, 0]], .gzip) == Array("foobarbaz".utf8))
  }

  @Test(arguments: [ContentCoding.gzip, .deflate, .brotli])
  func `Bytes behind the end are an error`(coding: ContentCoding) throws {
    let encoded = try Self.encode(Self.text, coding)
    #expect(throws: ContentCodingError.trailingBytes(coding)) {
      try Self.decode([encoded + [7]], coding)
    }
    #expect(throws: ContentCodingError.trailingBytes(coding)) {
      try Self.decode([encoded, [7]], coding)
    }
  }

  @Test func `Several frames of zstd are one body`() throws {
    let frames = try ["foo", "bar"].map { try Self.encode(Array($0.utf8), .zstd) }
    #expect(try Self.decode([frames[0], frames[1]], .zstd) == Array("foobar".utf8))
    #expect(try Self.decode([frames[0] + frames[1]], .zstd) == Array("foobar".utf8))
  }

  @Test func `Deflate comes in zlib's format or bare, and the first bytes tell`() throws {
    // Without the header of two bytes and the checksum of four.
    let bare = Array(try Self.encode(Self.text, .deflate).dropFirst(2).dropLast(4))
    for index in 0...bare.count {
      #expect(try Self.decode(Self.cut(bare, at: index), .deflate) == Self.text, "cut at \(index)")
    }
  }

  @Test func `Codings are undone in the reverse of their order`() throws {
    let encoded = try Self.encode(try Self.encode(Self.text, .gzip), .brotli)
    #expect(try Self.decode(encoded.map { [$0] }, .gzip, .brotli) == Self.text)
    #expect(throws: ContentCodingError.truncated(.brotli)) {
      try Self.decode([Array(encoded.dropLast())], .gzip, .brotli)
    }
  }

  @Test(arguments: ContentCoding.allCases)
  func `A few bytes that stand for many come in pieces`(coding: ContentCoding) throws {
    let size = 16 << 20
    let encoded = try Self.encode([UInt8](repeating: 0, count: size), coding)
    let decoder = try ContentDecoder([coding])
    decoder.give(encoded)
    var total = 0
    while let piece = try decoder.next() {
      #expect(piece.count <= ContentDecoder.pieceSize)
      total += piece.count
    }
    try decoder.finish()
    #expect(total == size)
  }

  @Test(arguments: [
    ("GZIP", ContentCoding.gzip), ("x-gzip", .gzip), ("br", .brotli), ("Zstd", .zstd),
    ("deflate", .deflate),
  ])
  func `Names are known whatever their case`(name: String, coding: ContentCoding) {
    #expect(ContentCoding(name: name) == coding)
  }

  @Test(arguments: ["identity", "", "compress", "gzip "])
  func `Other names are not known`(name: String) { #expect(ContentCoding(name: name) == nil) }
}
