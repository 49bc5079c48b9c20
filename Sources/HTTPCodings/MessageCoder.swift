// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCodings

/// Compresses messages one after the other, or does the reverse: RFC 7692 section 7.2.
///
/// Unchecked: one task uses it at a time, which its owner sees to.
package final class MessageCoder: @unchecked Sendable {
  /// A message is malformed, or more than is allowed.
  package enum Failure: Error, Equatable {
    case malformed
    case tooLarge
  }

  private let coder: OpaquePointer
  private let forgets: Bool
  private static let pieceSize = 64 << 10
  /// What ends each flush, and is left out on the wire.
  private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

  /// - Parameters:
  ///   - compresses: Whether it compresses.
  ///   - windowBits: How far it looks back, as a power of two.
  ///   - forgets: Whether each message stands for itself.
  /// - Throws: ``ContentCodingError/outOfMemory``.
  package init(compresses: Bool, windowBits: Int, forgets: Bool) throws(ContentCodingError) {
    guard let coder = asyncio_message_coder_create(compresses, Int32(windowBits)) else {
      throw .outOfMemory
    }
    self.coder = coder
    self.forgets = forgets
  }

  deinit { asyncio_message_coder_destroy(coder) }

  /// Compresses a message.
  package func compress(_ message: [UInt8]) throws(Failure) -> [UInt8] {
    var result = try step(message, limit: .max)
    if forgets { asyncio_message_coder_reset(coder) }
    if result.suffix(4).elementsEqual(Self.tail) { result.removeLast(4) }
    // An empty message is one byte: section 7.2.3.6.
    return result.isEmpty ? [0x00] : result
  }

  /// A message that was compressed.
  ///
  /// - Parameter limit: The largest number of bytes; no more is made of it.
  package func decompress(_ message: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    let result = try step(message + Self.tail, limit: limit)
    if forgets { asyncio_message_coder_reset(coder) }
    return result
  }

  /// Forgets what came before: a message that was compressed was not sent.
  package func forget() { asyncio_message_coder_reset(coder) }

  private func step(_ input: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    var failure: Failure?
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceSize) { output in
      guard let start = output.baseAddress else { return }
      input.withUnsafeBufferPointer { input in
        var buffers = asyncio_coding_buffers(
          input: input.baseAddress, input_count: input.count, output: start,
          output_count: output.count)
        while failure == nil {
          (buffers.output, buffers.output_count) = (start, output.count)
          let step = asyncio_message_coder_step(coder, &buffers)
          let count = output.count - buffers.output_count
          if count > limit - result.count { return failure = .tooLarge }
          result.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
          switch step {
          case .ASYNCIO_CODING_HAS_MORE: continue
          case .ASYNCIO_CODING_NEEDS_INPUT: return
          case .ASYNCIO_CODING_ENDED:
            // A stream that was ended within a message: what is left is the next one.
            asyncio_message_coder_reset(coder)
            if buffers.input_count <= Self.tail.count { return }
          case .ASYNCIO_CODING_FAILED: failure = .malformed
          }
        }
      }
    }
    if let failure { throw failure }
    return result
  }
}
