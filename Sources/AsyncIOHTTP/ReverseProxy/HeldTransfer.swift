// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// A request whose answer is read by somebody else than who has made it: it ends when nobody knows of it any more.
final class HeldTransfer: Sendable {
  private let transfer: Transfer

  init(_ transfer: Transfer) { self.transfer = transfer }

  deinit { transfer.finish() }

  var trailers: HTTPFields { transfer.trailers }

  func begin() async throws -> HTTPClient.ResponseHead { try await transfer.begin() }

  func nextChunk() async throws -> [UInt8]? { try await transfer.nextChunk() }
}
