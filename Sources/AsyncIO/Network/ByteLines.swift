// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
    /// - Throws: `CancellationError` when the task is cancelled.
    public mutating func next() async throws -> [UInt8]? {
      let line = try await stream.readLine(limit: limit)
      return line.isEmpty ? nil : line
    }
  }
}
