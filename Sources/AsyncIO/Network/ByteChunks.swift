// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
    /// - Throws: `CancellationError` when the task is cancelled.
    public mutating func next() async throws -> [UInt8]? {
      let bytes = try await stream.read()
      return bytes.isEmpty ? nil : bytes
    }
  }
}
