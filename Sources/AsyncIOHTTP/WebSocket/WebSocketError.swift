// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A WebSocket that has ended, and cannot be used any more.
public struct WebSocketError: Error, Hashable, CustomStringConvertible {
  /// Why it has ended.
  public let code: WebSocket.CloseCode
  /// What happened.
  public let reason: String

  init(_ code: WebSocket.CloseCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  /// The code and what happened.
  public var description: String {
    "the WebSocket has ended with \(code)\(reason.isEmpty ? "" : ": \(reason)")"
  }
}
