// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The description of a peer, in parts.
enum PeerAddress {
  /// The address without its port and without brackets; nil for a peer that has none.
  static func host(of peer: String) -> String? {
    guard let colon = peer.lastIndex(of: ":"), colon != peer.startIndex else { return nil }
    return peer[..<colon].filter { $0 != "[" && $0 != "]" }
  }
}
