// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// What requests want to know of their connection.
final class ConnectionInfo: Sendable {
  let isSecure: Bool
  private let stream: ByteStream

  init(_ stream: ByteStream, isSecure: Bool) {
    self.stream = stream
    self.isSecure = isSecure
  }

  var peer: String { stream.peerDescription }
}
