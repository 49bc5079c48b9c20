// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// TLS that did not come about, or broke.
public struct TLSError: Error, Hashable, CustomStringConvertible {
  /// What kind of trouble it is.
  ///
  /// Later versions may add kinds.
  public struct Code: Hashable, Sendable {
    let name: String

    /// The peer's certificate was refused: the wrong host, expired, from no authority that is trusted.
    public static let certificate = Code(name: "certificate")
    /// The handshake failed otherwise.
    public static let handshake = Code(name: "handshake")
    /// The handshake took longer than it was allowed to.
    public static let handshakeTimedOut = Code(name: "handshakeTimedOut")
    /// The connection ended without TLS's own farewell: what came may have been cut short.
    public static let truncated = Code(name: "truncated")
    /// What came was no TLS, or broke its rules.
    public static let protocolViolation = Code(name: "protocolViolation")
    /// The peer has ended the connection with an alert, RFC 8446, section 6; the message names it.
    public static let alert = Code(name: "alert")
    /// A certificate or a key cannot be used.
    public static let configuration = Code(name: "configuration")
  }

  /// What kind of trouble it is.
  public let code: Code
  /// What happened.
  public let message: String
  /// The peer: the host and port, or what the stream says of it.
  public let subject: String

  init(_ code: Code, _ message: String, _ subject: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// For example `TLS with example.com:443: certificate has expired`.
  public var description: String { "TLS with \(subject): \(message)" }
}
