// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// The body of a response, in pieces as they come.
  public struct Chunks: AsyncSequence, Sendable {
    let transfer: Transfer

    /// Gives the pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let transfer: Transfer

      /// The next piece, or nil at the end of the body.
      ///
      /// - Throws: ``HTTPError`` when the transfer breaks and `CancellationError` as soon as the task is
      ///   cancelled.
      public mutating func next() async throws -> [UInt8]? { try await transfer.nextChunk() }
    }

    /// Iterates over the body, once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer: transfer) }
  }
}
