// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Something that reads, writes, connects or listens was refused by the system, or by the peer.
public struct IOError: Error, Hashable, CustomStringConvertible {
  /// What was tried, as in `read from`.
  public let operation: String
  /// With whom: an address, a path or a descriptor.
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

/// A host name that could not be turned into an address.
public struct ResolveError: Error, Hashable, CustomStringConvertible {
  /// The name.
  public let host: String
  /// What the resolver said.
  public let message: String
  /// The resolver's code, getaddrinfo(3), if the resolver was asked.
  public let code: Int32?

  /// For example `cannot resolve "nowhere.invalid": Name or service not known`.
  public var description: String { "cannot resolve \(host.debugDescription): \(message)" }
}

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

/// The stream, listener or socket was closed on this side.
public struct StreamClosedError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// What happened.
  public var description: String { "it was closed on this side" }
}

/// Another task is reading from the stream already, or accepting from the listener.
///
/// One task may read and others may write at the same time; two readers would each get a part of the
/// bytes that nobody can foresee.
public struct StreamBusyError: Error, Hashable, CustomStringConvertible {
  /// Which direction is in use.
  public enum Direction: String, Sendable, Hashable {
    /// Reading, receiving or accepting.
    case read
    /// Writing or sending.
    case write
  }

  /// Which direction is in use.
  public let direction: Direction

  init(_ direction: Direction) { self.direction = direction }

  /// What happened.
  public var description: String {
    "another task is using this direction (\(direction.rawValue)) already; one at a time may"
  }
}

/// The stream ended before everything that was asked for had come.
public struct IncompleteReadError: Error, Hashable, CustomStringConvertible {
  /// The bytes that came; they are taken out of the stream.
  public let partial: [UInt8]
  /// How many were asked for; nil when a separator was.
  public let expected: Int?

  package init(partial: [UInt8], expected: Int?) {
    self.partial = partial
    self.expected = expected
  }

  /// For example `the stream ended after 18 of 36 bytes`.
  public var description: String {
    expected.map { "the stream ended after \(partial.count) of \($0) bytes" }
      ?? "the stream ended after \(partial.count) bytes, before the separator"
  }
}

/// More bytes than a limit allows.
public struct LimitOverrunError: Error, Hashable, CustomStringConvertible {
  /// The limit, in bytes.
  public let limit: Int
  /// Whether the separator was found, behind the limit.
  public let isSeparatorFound: Bool
  /// What has too many bytes: a file, or the output of a program; nil for a stream, in which the bytes stay.
  public let subject: String?

  package init(limit: Int, isSeparatorFound: Bool) {
    self.limit = limit
    self.isSeparatorFound = isSeparatorFound
    subject = nil
  }

  package init(limit: Int, subject: String) {
    self.limit = limit
    isSeparatorFound = false
    self.subject = subject
  }

  /// What happened, and what to do about it.
  public var description: String {
    if let subject { return "\(subject) has more bytes than the limit of \(limit)" }
    return (isSeparatorFound ? "the separator is behind" : "there are more bytes than")
      + " the limit of \(limit) bytes; nothing was taken out of the stream: read it in pieces, or"
      + " pass a larger limit"
  }
}

/// A write that had begun did not come to its end; nothing more can be written to the stream.
public struct IncompleteWriteError: Error, CustomStringConvertible {
  /// How many bytes went out.
  public let written: Int
  /// How many there were.
  public let total: Int
  /// Why it ended: `CancellationError`, or what the system said.
  public let cause: any Error

  package init(written: Int, total: Int, cause: any Error) {
    self.written = written
    self.total = total
    self.cause = cause
  }

  /// For example `the write ended after 18 of 36 bytes: CancellationError()`.
  public var description: String { "the write ended after \(written) of \(total) bytes: \(cause)" }
}
