// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension ByteStream {
  /// What comes, in pieces as they come, until the end of the stream.
  ///
  /// Iterating takes the bytes out of the stream; an iteration that is left goes on with the next read.
  /// **Cancellation.** Throws `CancellationError`.
  public final var chunks: ByteChunks { ByteChunks(stream: self) }

  /// The lines that come, each with its newline, until the end of the stream.
  ///
  /// As ``chunks`` otherwise. A line over 64 KiB throws ``LimitOverrunError``; see ``lines(limit:)``.
  public final var lines: ByteLines { ByteLines(stream: self, limit: Self.pieceSize) }

  /// The lines that come, each of `limit` bytes at the most before its newline.
  public final func lines(limit: Int) -> ByteLines { ByteLines(stream: self, limit: limit) }
}

/// The bytes of a stream in pieces: ``ByteStream/chunks``.
public struct ByteChunks: AsyncSequence, Sendable {
  let stream: ByteStream

  /// Starts where the stream is.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

  /// Reads pieces.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: ByteStream

    /// The next piece; nil at the end of the stream.
    ///
    /// Throws `CancellationError` when the task is cancelled.
    public mutating func next() async throws -> [UInt8]? {
      let bytes = try await stream.read()
      return bytes.isEmpty ? nil : bytes
    }
  }
}

/// The lines of a stream: ``ByteStream/lines``.
public struct ByteLines: AsyncSequence, Sendable {
  let stream: ByteStream
  let limit: Int

  /// Starts where the stream is.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: stream, limit: limit) }

  /// Reads lines.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: ByteStream
    let limit: Int

    /// The next line with its newline; nil at the end of the stream.
    ///
    /// Throws `CancellationError` when the task is cancelled.
    public mutating func next() async throws -> [UInt8]? {
      let line = try await stream.readLine(limit: limit)
      return line.isEmpty ? nil : line
    }
  }
}
