// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// The head of an answer, from either version.
struct IncomingHead: Sendable {
  let status: Int
  let fields: HTTPFields
  let version: String
}

/// One request and its answer on a connection.
///
/// One task uses it.
protocol Exchange: AnyObject, Sendable {
  /// Sends the request, and waits for the head of the final answer.
  ///
  /// - Throws: ``ExchangeFailure`` if the connection failed.
  func begin() async throws -> IncomingHead

  /// The next bytes of the body, as they were sent; nil at its end.
  func nextChunk() async throws -> [UInt8]?

  /// The exchange is over, whether all was read or not: the connection goes back to where it came from.
  func finish()
}

/// A connection has failed, and what is known of the request on it.
struct ExchangeFailure: Error {
  /// How far the request got.
  enum Progress: Sendable {
    /// The server did not process it, for certain.
    case unprocessed
    /// It may have been processed: there was no answer.
    case sent
    /// There was part of an answer.
    case answered
  }

  let cause: any Error
  let progress: Progress
  /// Whether the connection had served other requests before.
  let wasReused: Bool

  /// Whether to try once more, on another connection: RFC 9110 section 9.2.2 and RFC 9113 section 8.7.
  func allowsRetry(of request: Outgoing) -> Bool {
    switch progress {
    case .unprocessed: true
    case .sent: wasReused && request.isIdempotent
    case .answered: false
    }
  }
}
