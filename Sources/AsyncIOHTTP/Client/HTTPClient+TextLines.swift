// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore

extension HTTPClient {
  /// The body of a response, line by line.
  public struct TextLines: AsyncSequence, Sendable {
    let transfer: Transfer
    let limit: Int

    /// Gives the lines.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let transfer: Transfer
      private var splitter: LineSplitter
      private var hasEnded = false

      init(_ transfer: Transfer, limit: Int) {
        self.transfer = transfer
        splitter = LineSplitter(limit: limit)
      }

      /// The next line without its end, or nil at the end of the body.
      ///
      /// - Throws: ``HTTPError`` when the transfer breaks, or a line is too long; `CancellationError` as soon as the task is
      ///   cancelled.
      public mutating func next() async throws -> String? {
        while true {
          do {
            if let line = try splitter.next() { return String(decoding: line, as: UTF8.self) }
          } catch {
            throw HTTPError(.tooLarge, url: transfer.url, message: error.description)
          }
          if hasEnded { return nil }
          if let chunk = try await transfer.nextChunk() {
            splitter.append(chunk)
          } else {
            hasEnded = true
            splitter.finish()
          }
        }
      }
    }

    /// Iterates over the body, once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer, limit: limit) }
  }
}
