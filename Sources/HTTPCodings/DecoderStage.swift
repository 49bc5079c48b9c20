// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCodings

/// One coding being undone.
final class DecoderStage {
  private enum State {
    /// Nothing came yet.
    case fresh
    /// Within a member or a frame.
    case within
    /// At the end of one: another may follow, with some codings.
    case ended
    /// Only zeros may follow: some programs fill up their archives with them.
    case padding
  }

  private let coding: ContentCoding
  private let decoder: OpaquePointer
  private var input: ArraySlice<UInt8> = []
  /// Where output is written, before it is copied into an array of its size.
  private let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: ContentDecoder.pieceSize, alignment: 16)
  private var state = State.fresh
  /// The output was full last time: there may be more without more input.
  private var hasMore = false

  init(_ coding: ContentCoding) throws(ContentCodingError) {
    guard let decoder = asyncio_decoder_create(coding.code) else { throw .outOfMemory }
    self.coding = coding
    self.decoder = decoder
  }

  deinit {
    asyncio_decoder_destroy(decoder)
    scratch.deallocate()
  }

  func give(_ bytes: [UInt8]) { input = bytes[...] }

  /// At least one byte; nil when more input is needed.
  func next() throws(ContentCodingError) -> [UInt8]? {
    while hasMore || !input.isEmpty {
      if !hasMore, state == .ended || state == .padding, try !beginsAnother() { return nil }
      let left = input.count
      let (piece, step) = decode()
      hasMore = step == .ASYNCIO_CODING_HAS_MORE
      switch step {
      case .ASYNCIO_CODING_FAILED: throw .malformed(coding)
      case .ASYNCIO_CODING_ENDED: state = .ended
      case .ASYNCIO_CODING_NEEDS_INPUT, .ASYNCIO_CODING_HAS_MORE: state = .within
      }
      // A library that neither takes nor gives would be asked for ever.
      if piece.isEmpty, !hasMore, step != .ASYNCIO_CODING_ENDED, left > 0, input.count == left {
        throw .malformed(coding)
      }
      if !piece.isEmpty { return piece }
    }
    return nil
  }

  func finish() throws(ContentCodingError) {
    // A body without a byte is coded in no way: servers send such ones with the field all the same.
    if state == .within { throw .truncated(coding) }
  }

  /// Whether another member or frame begins behind one that has ended; takes the zeros that may follow instead.
  private func beginsAnother() throws(ContentCodingError) -> Bool {
    switch coding {
    case .zstd: return true
    case .gzip:
      if state == .ended, input.first == 0x1F { return true }
      guard input.allSatisfy({ $0 == 0 }) else { throw .trailingBytes(coding) }
      state = .padding
      input = []
      return false
    case .deflate, .brotli: throw .trailingBytes(coding)
    }
  }

  private func decode() -> (piece: [UInt8], asyncio_coding_step) {
    let (piece, step, left) = input.withUnsafeBufferPointer { bytes in
      let output = scratch.bindMemory(to: UInt8.self, capacity: ContentDecoder.pieceSize)
      var buffers = asyncio_coding_buffers(
        input: bytes.baseAddress, input_count: bytes.count, output: output,
        output_count: ContentDecoder.pieceSize)
      let step = asyncio_decoder_step(decoder, &buffers)
      let count = ContentDecoder.pieceSize - buffers.output_count
      let piece = [UInt8](UnsafeBufferPointer(start: output, count: count))
      return (piece, step, buffers.input_count)
    }
    input = input.suffix(left)
    return (piece, step)
  }
}
