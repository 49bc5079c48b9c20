// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A host name that could not be turned into an address.
public struct ResolveError: Error, Hashable, CustomStringConvertible {
  /// The name.
  public let host: String
  /// What the resolver said.
  public let message: String
  /// The resolver's code, getaddrinfo(3), if the resolver was asked.
  public let code: Int32?

  package init(host: String, message: String, code: Int32?) {
    self.host = host
    self.message = message
    self.code = code
  }

  /// For example `cannot resolve "nowhere.invalid": Name or service not known`.
  public var description: String { "cannot resolve \(host.debugDescription): \(message)" }
}
