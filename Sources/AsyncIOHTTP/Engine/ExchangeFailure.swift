// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

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
