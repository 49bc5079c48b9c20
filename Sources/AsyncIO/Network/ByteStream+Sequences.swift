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
