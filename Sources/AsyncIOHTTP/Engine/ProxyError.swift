// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A proxy that refuses, or cannot be used.
struct ProxyError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
