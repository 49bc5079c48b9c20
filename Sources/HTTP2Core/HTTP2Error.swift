// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why a connection of HTTP/2 cannot go on, or a call on one of its streams cannot be made.
package enum HTTP2Error: Error, Equatable, CustomStringConvertible {
  /// What the peer has sent is no HTTP/2, or more than is allowed.
  case connection(String)
  /// The fields of a message cannot be sent: one has a control character, or a name that is no token.
  case malformedField(String)
  /// The connection takes no new streams.
  case noNewStreams
  case outOfMemory

  package var description: String {
    switch self {
    case .connection(let reason): "HTTP/2: \(reason)"
    case .malformedField(let name): "the field \(name.debugDescription) cannot be sent"
    case .noNewStreams: "the connection takes no new requests"
    case .outOfMemory: "there is no memory for a connection of HTTP/2"
    }
  }
}
