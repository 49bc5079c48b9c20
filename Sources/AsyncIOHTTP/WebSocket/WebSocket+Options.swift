// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension WebSocket {
  /// What a WebSocket allows and waits for.
  public struct Options: Sendable {
    /// The largest message that is taken, in bytes; a larger one ends the connection with 1009.
    public var maxMessageSize = 1 << 20
    /// How many messages wait to be taken: then the peer is held back.
    public var maxWaitingMessages = 16
    /// When nothing has come for so long, the peer is asked for a sign of life; never if nil.
    public var pingInterval: Duration? = .seconds(20)
    /// How long the peer may take to give it.
    public var pingTimeout: Duration = .seconds(20)
    /// How long the peer may take nothing of what is sent: then the connection ends.
    public var writeTimeout: Duration = .seconds(30)
    /// How long the peer may take to answer the end, and the body of the WebSocket to end after it.
    public var closeTimeout: Duration = .seconds(5)
    /// Whether messages of 1 KiB and more are compressed if the peer can do it: permessage-deflate, RFC 7692.
    ///
    /// It takes some 300 KB
    /// for each connection.
    public var compresses = true
    /// The protocols that are spoken, the most wanted first: section 1.9.
    public var protocols: [String] = []
    /// By a server: which pages may connect.
    ///
    /// A browser says in Origin whose page it is, and sends its cookies along, whoever made the
    /// page.
    public var origins = Origins.sameHost

    /// The usual settings.
    public init() {}

    /// Which pages may connect to a server.
    public enum Origins: Sendable, Hashable {
      /// Those of the host that was asked; programs, which send no Origin, too.
      case sameHost
      /// Those of these origins, such as `https://example.com`; programs, too.
      case only(Set<String>)
      /// All.
      case any
    }
  }
}
