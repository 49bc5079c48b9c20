// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why bytes of a peer are no WebSocket, RFC 6455, or more than is allowed.
package struct WebSocketFault: Error, Equatable, CustomStringConvertible {
  /// The code with which the connection ends, section 7.4.1.
  package let code: UInt16
  package let description: String

  package init(_ code: UInt16, _ description: String) {
    self.code = code
    self.description = description
  }

  package static func malformed(_ description: String) -> WebSocketFault {
    WebSocketFault(1002, description)
  }

  package static let notText = WebSocketFault(1007, "a text is not in UTF-8")

  package static func tooLarge(_ limit: Int) -> WebSocketFault {
    WebSocketFault(1009, "a message has more than \(limit) bytes")
  }
}
