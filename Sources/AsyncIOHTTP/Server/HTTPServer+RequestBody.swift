// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

extension HTTPServer {
  /// The body of a request, in pieces as they come.
  ///
  /// ```swift
  /// for try await piece in request.body { try await file.write(piece) }
  /// ```
  ///
  /// It is read while it is sent: a client that is faster than the handler is held back. What the handler does not read is
  /// dropped, or the connection is closed.
  public struct RequestBody: AsyncSequence, Sendable {
    let source: (any RequestBodySource)?
    /// How many bytes the client has said there are; nil if it has not, 0 without a body.
    public let announcedLength: Int?
    /// How many bytes `collect` takes.
    let collectLimit: Int

    /// Gives the pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let source: (any RequestBodySource)?

      /// The next piece, or nil at the end of the body.
      ///
      /// - Throws: ``StatusError``, 400, 408 or 413, when the body is malformed, too slow or too large;
      ///   ``ClientDisconnectedError``; `CancellationError`.
      public mutating func next() async throws -> [UInt8]? { try await source?.next() }
    }

    /// Iterates over the body, once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }

    /// The whole body.
    ///
    /// - Parameter limit: The largest number of bytes; that of ``HTTPServer/Limits/collectedBody`` if nil.
    /// - Throws: ``StatusError``, 413, when there are more; what reading throws.
    public func collect(upTo limit: Int? = nil) async throws -> [UInt8] {
      guard let source else { return [] }
      let limit = limit ?? collectLimit
      let tooLarge = StatusError(
        .contentTooLarge, "the body may have \(limit) bytes at the most")
      if let announcedLength, announcedLength > limit { throw tooLarge }
      var bytes: [UInt8] = []
      while let piece = try await source.next() {
        if piece.count > limit - bytes.count { throw tooLarge }
        // Mostly there is one.
        if bytes.isEmpty { bytes = piece } else { bytes += piece }
      }
      return bytes
    }

    /// The fields behind the body, once it was read to its end.
    public var trailers: HTTPFields { source?.trailers ?? [:] }
  }
}
