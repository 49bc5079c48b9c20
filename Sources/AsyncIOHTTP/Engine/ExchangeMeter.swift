// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What an exchange has taken so far.
struct ExchangeMeter: Sendable {
  /// Whether the connection had served others.
  var isReused: Bool
  /// How the connection was made, if it was made for this.
  var times: DialTimes?
  var bytesSent = 0
  var bytesReceived = 0
}
