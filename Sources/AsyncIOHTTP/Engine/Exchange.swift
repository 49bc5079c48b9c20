// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPTypes

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

  /// The fields behind the body, once that has ended.
  var trailers: HTTPFields { get }

  /// What has ended the exchange from this side: a time that is over, or a body that cannot be sent.
  var ownFailure: (any Error)? { get }

  /// Whether a byte of the body may have gone.
  var hasBegunBody: Bool { get }

  /// What is known of the connection and the bytes on it.
  var meter: ExchangeMeter { get }
}
