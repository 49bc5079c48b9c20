// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
