// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Something that reads, writes, connects or listens was refused by the system, or by the peer.
public struct IOError: Error, Hashable, CustomStringConvertible {
  /// What was tried, as in `read from`.
  public let operation: String
  /// The peer or the file: an address, a path or a descriptor.
  public let subject: String
  /// What the system said.
  public let cause: SystemError

  package init(_ operation: String, _ subject: String, _ cause: SystemError) {
    self.operation = operation
    self.subject = subject
    self.cause = cause
  }

  /// The error number, errno(3).
  public var errno: Int32 { cause.errno }

  /// For example `cannot read from 127.0.0.1:80: recv: Connection reset by peer (errno 104)`.
  public var description: String { "cannot \(operation) \(subject): \(cause)" }
}
