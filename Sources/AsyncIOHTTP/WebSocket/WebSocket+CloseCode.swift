// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension WebSocket {
  /// Why a WebSocket ends, RFC 6455 section 7.4.1.
  ///
  /// Codes from 3000 on are those of libraries, and from 4000 on those of programs.
  public struct CloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt16

    /// A code of a number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Its purpose is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// A server stops, or a page is left.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// The peer has broken the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// A kind of message that is not understood.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// The peer has not said why.
    public static let none = CloseCode(rawValue: 1005)
    /// The connection has ended without a word.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// A text that is not in UTF-8.
    public static let invalidData = CloseCode(rawValue: 1007)
    /// A message that is against the rules of the program.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// A message that is too large.
    public static let tooLarge = CloseCode(rawValue: 1009)
    /// A server cannot do what was asked.
    public static let internalError = CloseCode(rawValue: 1011)
    /// A server restarts.
    public static let restart = CloseCode(rawValue: 1012)
    /// A server has too much to do.
    public static let tryAgainLater = CloseCode(rawValue: 1013)

    /// The number.
    public var description: String { String(rawValue) }
  }

  /// How a WebSocket has ended.
  public struct Closure: Hashable, Sendable {
    /// Why.
    public let code: CloseCode
    /// The same in the peer's words; empty if it has said nothing.
    public let reason: String
  }
}
