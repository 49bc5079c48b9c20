// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The way from the client to a server.
enum Route: Hashable, Sendable {
  case direct
  case unix(String)
  case proxy(ProxyServer)
}
