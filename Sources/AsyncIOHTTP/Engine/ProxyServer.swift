// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore

/// A proxy, and what it wants to know.
struct ProxyServer: Hashable, Sendable {
  /// Its address, and whether TLS is spoken with it.
  let url: HTTPURL
  /// The value of `Proxy-Authorization`.
  let authorization: String?
}
