// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a frame is, RFC 6455 section 5.2.
package enum WebSocketOpcode: UInt8, Sendable {
  case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10

  var isControl: Bool { rawValue >= 8 }
}
