// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPServer {
  /// What a server allows and waits for.
  ///
  /// The defaults suit a server that faces strangers.
  public struct Configuration: Sendable {
    /// How much clients may send.
    public var limits = Limits()
    /// How long clients may take.
    public var timeouts = Timeouts()
    /// How many connections are served at once.
    ///
    /// A client beyond them gets 503; far beyond them nothing is
    /// accepted, and clients wait in the system's backlog.
    public var maxConnections = 10_000
    /// How long requests that were begun may take to end once the server stops.
    public var shutdownGrace: Duration = .seconds(30)
    /// Whether a client that has closed its half of the connection is still answered.
    ///
    /// A client that has gone looks the same until something is sent to it, so the handler of such a request is cancelled unless
    /// this is set.
    public var servesHalfClosed = false
    /// Whether a client without TLS may begin with HTTP/2 at once, RFC 9113 section 3.3.
    public var allowsPriorKnowledge = false
    /// What responses name as the server, RFC 9110 section 10.2.4; nothing by default.
    public var serverName: String?
    /// Whether SIGTERM and SIGINT stop the server gracefully.
    public var signals = SignalHandling.ofProgram

    /// The usual settings.
    public init() {}
  }

  /// Whether signals stop a server.
  public enum SignalHandling: Sendable, Hashable {
    /// In a `LoopProgram`, whose own answer to a signal would be to cancel what is under way.
    case ofProgram
    /// In any program.
    case always
    /// Never.
    case never
  }

  /// How much clients may send; in bytes where nothing else is said.
  public struct Limits: Sendable, Hashable {
    /// The longest request line; more is answered with 414.
    public var requestLine = 8192
    /// The largest head; more is answered with 431.
    public var head = 32 << 10
    /// The largest number of fields; more are answered with 431.
    public var fields = 100
    /// The largest body, streamed or not; more is answered with 413.
    public var body = 16 << 20
    /// The largest body that is collected in memory; more is answered with 413.
    public var collectedBody = 2 << 20
    /// How much of a body that the handler has not read is read and dropped to keep the connection.
    public var droppedBody = 1 << 20
    /// How many requests a client may have under way at once on a connection of HTTP/2.
    public var streams = 100

    /// The usual limits.
    public init() {}
  }

  /// How long clients may take; nil is without a limit.
  public struct Timeouts: Sendable, Hashable {
    /// From the beginning of a connection to the first byte: then it is closed.
    public var firstByte: Duration? = .seconds(10)
    /// From the first byte of a head to its last: then it is answered with 408.
    public var head: Duration? = .seconds(10)
    /// Between two pieces of a body: then the request is answered with 408.
    ///
    /// A body that comes in at less than 500 bytes a second on
    /// the whole ends in the same way.
    public var body: Duration? = .seconds(20)
    /// Between two requests on a connection: then it is closed.
    public var idle: Duration? = .seconds(75)
    /// Without progress while a response is sent: then the connection is reset.
    public var write: Duration? = .seconds(30)
    /// From the head of a request to the return of its handler: then the handler is cancelled, and the request is answered with 503.
    public var handler: Duration?

    /// The usual times.
    public init() {}
  }
}
