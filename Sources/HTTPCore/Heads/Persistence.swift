// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension FieldBlock {
  /// Whether the peer keeps the connection open after this message, RFC 9112 section 9.3: `close` wins over all else.
  func persists(isOld: Bool) -> Bool {
    guard contains(.connection) else { return !isOld }
    if hasMember("close", in: .connection) { return false }
    return !isOld || hasMember("keep-alive", in: .connection)
  }

  /// Refuses a `Connection` field that would have a proxy remove what the framing, the routing or the authentication needs.
  func checkConnection() throws(WireError) {
    guard contains(.connection) else { return }
    for member in members(.connection) {
      let id = member.withUnsafeBytes { FieldID.of($0, from: 0, to: $0.count) }
      switch id {
      case .contentLength, .transferEncoding, .host, .authorization:
        throw WireError(.framingInConnection)
      default: continue
      }
    }
  }
}
