// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A TCP connection.
///
/// ```swift
/// let stream = try await TCPStream.connect(to: "example.com", port: 80)
/// try await stream.write("HEAD / HTTP/1.0\r\n\r\n")
/// let head = try await stream.readUntil("\r\n\r\n")
/// await stream.close()
/// ```
///
/// Reading and writing are described at ``ByteStream``.
///
/// Unchecked: adds constants only to a class that says what protects it.
public final class TCPStream: ByteStream, @unchecked Sendable {
  /// Settings of a connection, tcp(7).
  public struct Options: Sendable, Hashable {
    /// Whether small writes leave at once, TCP_NODELAY.
    ///
    /// On, because delaying a complete request only adds latency.
    public var noDelay: Bool
    /// Whether a silent peer is asked for a sign of life; nil: never.
    public var keepAlive: KeepAlive?

    /// Makes settings; what is not given has its usual value.
    public init(noDelay: Bool = true, keepAlive: KeepAlive? = nil) {
      self.noDelay = noDelay
      self.keepAlive = keepAlive
    }
  }

  /// How a silent peer is asked for a sign of life, in whole seconds.
  public struct KeepAlive: Sendable, Hashable {
    /// How long the connection must have been silent.
    public var idle: Duration
    /// The time between two probes.
    public var interval: Duration
    /// How many may stay unanswered before the connection breaks.
    public var count: Int

    /// Makes settings; what is not given has its usual value.
    public init(
      idle: Duration = .seconds(60), interval: Duration = .seconds(10), count: Int = 6
    ) {
      require(
        idle >= .seconds(1) && interval >= .seconds(1) && count > 0,
        "KeepAlive: the times must be a second at least and the count positive")
      self.idle = idle
      self.interval = interval
      self.count = count
    }
  }

  /// The address of this side.
  public let localAddress: SocketAddress
  /// The address of the peer.
  public let remoteAddress: SocketAddress

  init(
    _ socket: SocketTransport, local: SocketAddress, remote: SocketAddress,
    _ site: SourceSite? = nil
  ) {
    localAddress = local
    remoteAddress = remote
    socket.setPeer(remote)
    super.init(socket, site)
  }

  /// Takes over a connected socket that other code has made; the stream closes it.
  ///
  /// Closing ends the connection for every process that holds a duplicate of the descriptor, such as a child process.
  ///
  /// - Throws: ``IOError`` when it is no connected stream socket of an IP family; it is not closed then.
  public convenience init(
    adopting descriptor: Int32, file: StaticString = #fileID, line: UInt = #line
  ) throws {
    let (transport, socket) = try AdoptedSocket.adopt(descriptor) { socket in
      try socket.local.family != .unix && socket.remote != nil && Sockets.isStream(descriptor)
    } _: { socket in
      try Sockets.setUrgentDataInline(descriptor)
      return (
        try SocketTransport(descriptor, on: .ambient, isTCP: true, isAdopted: true), socket
      )
    }
    self.init(
      transport, local: socket.local, remote: socket.remote ?? socket.local,
      SourceSite(file, line))
  }

  /// A connection that has just been made or accepted; owns the descriptor, also when it throws.
  convenience init(
    _ socket: SocketTransport, _ options: Options, _ site: SourceSite? = nil
  ) throws {
    do {
      let (local, remote) = try socket.withDescriptor { descriptor in
        try Self.apply(options, to: descriptor)
        return (try Sockets.localAddress(descriptor), try Sockets.remoteAddress(descriptor))
      }
      guard let local, let remote else {
        throw SystemError(call: "getpeername", errno: SystemError.protocolNotSupported)
      }
      self.init(socket, local: local, remote: remote, site)
    } catch {
      socket.closeDescriptor()
      throw error
    }
  }

  private static func apply(_ options: Options, to descriptor: Int32) throws {
    if options.noDelay { try Sockets.setNoDelay(descriptor, true) }
    try Sockets.setUrgentDataInline(descriptor)
    guard let keepAlive = options.keepAlive else { return }
    try Sockets.setKeepAlive(
      descriptor, idle: Int32(clamping: keepAlive.idle.components.seconds),
      interval: Int32(clamping: keepAlive.interval.components.seconds),
      count: Int32(clamping: keepAlive.count))
  }

  /// Whether small writes leave at once, TCP_NODELAY.
  public var noDelay: Bool {
    (try? withSocket { try Sockets.noDelay($0) }) ?? false
  }
}
