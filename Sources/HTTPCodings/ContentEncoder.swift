// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCodings

/// Codes a body in pieces.
package final class ContentEncoder {
  private let encoder: OpaquePointer
  private let scratch = UnsafeMutableRawPointer.allocate(byteCount: pieceSize, alignment: 16)
  private static let pieceSize = 64 << 10

  /// - Throws: ``ContentCodingError/outOfMemory``.
  package init(_ coding: ContentCoding) throws(ContentCodingError) {
    guard let encoder = asyncio_encoder_create(coding.code, Self.level(coding)) else {
      throw .outOfMemory
    }
    self.encoder = encoder
  }

  deinit {
    asyncio_encoder_destroy(encoder)
    scratch.deallocate()
  }

  /// What takes about as much time as zlib's usual level.
  private static func level(_ coding: ContentCoding) -> Int32 {
    switch coding {
    case .gzip, .deflate: 6
    case .brotli: 4
    case .zstd: 3
    }
  }

  /// Codes bytes.
  ///
  /// - Parameters:
  ///   - isFlushed: Whether the peer is to be able to decode all that was given.
  ///   - isLast: Whether there are no more: nothing may follow.
  /// - Throws: ``ContentCodingError/outOfMemory``.
  package func encode(
    _ bytes: [UInt8], isFlushed: Bool = false, isLast: Bool = false
  ) throws(ContentCodingError) -> [UInt8] {
    var result: [UInt8] = []
    let flush: asyncio_coding_flush =
      isLast
      ? .ASYNCIO_CODING_FINISH : isFlushed ? .ASYNCIO_CODING_FLUSH : .ASYNCIO_CODING_GO_ON
    let isDone = bytes.withUnsafeBufferPointer { input in
      let output = scratch.bindMemory(to: UInt8.self, capacity: Self.pieceSize)
      var buffers = asyncio_coding_buffers(
        input: input.baseAddress, input_count: input.count, output: output,
        output_count: Self.pieceSize)
      while true {
        (buffers.output, buffers.output_count) = (output, Self.pieceSize)
        let step = asyncio_encoder_step(encoder, &buffers, flush)
        result.append(
          contentsOf: UnsafeBufferPointer(
            start: output, count: Self.pieceSize - buffers.output_count))
        switch step {
        case .ASYNCIO_CODING_HAS_MORE: continue
        case .ASYNCIO_CODING_NEEDS_INPUT, .ASYNCIO_CODING_ENDED: return true
        case .ASYNCIO_CODING_FAILED: return false
        }
      }
    }
    guard isDone else { throw .outOfMemory }
    return result
  }
}
