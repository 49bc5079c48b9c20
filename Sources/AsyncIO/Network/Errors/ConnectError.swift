// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// No address of a host could be connected to.
public struct ConnectError: Error, CustomStringConvertible {
  /// One address that was tried.
  public struct Attempt: Sendable {
    /// The address.
    public let address: SocketAddress
    /// Why it failed.
    public let error: any Error
  }

  /// The host, and the port where there is one.
  public let subject: String
  /// Every address that was tried, in the order in which they were.
  public let attempts: [Attempt]

  /// The error number of the first attempt that has one, errno(3).
  public var errno: Int32? {
    attempts.lazy.compactMap { ($0.error as? SystemError)?.errno }.first
  }

  /// One line; with a name, each address with its error.
  public var description: String {
    if attempts.count == 1, "\(attempts[0].address)" == subject {
      return "cannot connect to \(subject): \(attempts[0].error)"
    }
    let tried = attempts.map { "\($0.address) (\($0.error))" }.joined(separator: ", ")
    return "cannot connect to \(subject): " + (tried.isEmpty ? "there is no address" : tried)
  }
}
