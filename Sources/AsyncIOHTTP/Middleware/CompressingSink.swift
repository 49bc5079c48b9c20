// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCodings

/// Codes a body on its way.
final class CompressingSink: ResponseSink {
  private let writer: BodyWriter
  /// Coded bytes were lost: what would follow them could not be decoded.
  private let isBroken = Guarded(false)
  /// One piece after the other, in the order in which they are coded.
  private let turn = AsyncLock()
  private let encoder: Guarded<UncheckedEncoder>

  /// Unchecked: used under a lock.
  private struct UncheckedEncoder: @unchecked Sendable { let encoder: ContentEncoder }

  init(_ coding: ContentCoding, into writer: BodyWriter) throws {
    self.writer = writer
    encoder = Guarded(UncheckedEncoder(encoder: try ContentEncoder(coding)))
  }

  var draining: AsyncEvent? { writer.draining }

  func write(_ bytes: [UInt8]) async throws { try await write(bytes, isFlushed: true) }

  /// - Parameter isFlushed: Whether the client is to be able to read all that was written.
  func write(_ bytes: [UInt8], isFlushed: Bool) async throws {
    try await turn.withLock {
      try await send(encoder.withLock { try $0.encoder.encode(bytes, isFlushed: isFlushed) })
    }
  }

  func finish() async throws {
    try await turn.withLock {
      try await send(encoder.withLock { try $0.encoder.encode([], isLast: true) })
    }
  }

  private func send(_ coded: [UInt8]) async throws {
    if isBroken.withLock({ $0 }) { throw ClientDisconnectedError() }
    do {
      try await writer.write(coded)
    } catch {
      isBroken.withLock { $0 = true }
      throw error
    }
  }
}
