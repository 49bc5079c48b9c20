// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Listens for TCP connections and serves each in a child task.
///
/// ```swift
/// let listener = try await TCPListener.bind(host: "127.0.0.1", port: 8080)
/// try await listener.serve { stream in
///   for try await line in stream.lines { try await stream.write(line) }
/// }
/// ```
///
/// From any task and thread.
public final class TCPListener: Sendable {
  /// Settings of a listener.
  public struct Options: Sendable, Hashable {
    /// How many connections the system keeps until they are accepted, listen(2).
    public var backlog: Int
    /// Whether several listeners may have the same address, SO_REUSEPORT; the system spreads the
    /// connections over them.
    public var reusePort: Bool
    /// Settings of each connection.
    public var stream: TCPStream.Options

    /// Makes settings; what is not given has its usual value.
    public init(
      backlog: Int = 4096, reusePort: Bool = false, stream: TCPStream.Options = .init()
    ) {
      require(backlog > 0, "TCPListener: backlog must be positive, got \(backlog)")
      self.backlog = backlog
      self.reusePort = reusePort
      self.stream = stream
    }
  }

  private let core: ListenerCore
  private let options: Options
  /// The addresses it listens at: one, or one for each family.
  public let localAddresses: [SocketAddress]

  private init(_ core: ListenerCore, _ addresses: [SocketAddress], _ options: Options) {
    self.core = core
    self.options = options
    localAddresses = addresses
  }

  /// The address it listens at; the first, if there are several.
  public var localAddress: SocketAddress { localAddresses[0] }

  /// Whether a task is in `serve`.
  public var isServing: Bool { core.isServing }

  /// Starts to listen; connections are accepted once `serve` runs.
  ///
  /// A name listens at all its addresses; nil, or an empty one, at all of the machine, of both families.
  /// Port 0 takes a free one, the same for all.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// - Throws: ``ResolveError``; ``IOError`` with the address that cannot be had.
  public static func bind(
    host: String?, port: Int, options: Options = Options()
  ) async throws -> TCPListener {
    guard let host, !host.isEmpty else {
      try SocketAddress.checkPort(port, "")
      return try bind(to: Self.wildcards(port), skippingMissingFamilies: true, options)
    }
    let addresses = try await Resolver.addresses(of: host, port: port)
    return try bind(to: addresses, skippingMissingFamilies: addresses.count > 1, options)
  }

  /// Starts to listen at an address.
  ///
  /// - Throws: ``IOError`` with the address.
  public static func bind(to address: SocketAddress, options: Options = Options()) throws
    -> TCPListener
  {
    require(address.family != .unix, "TCPListener: \(address) is a Unix domain socket")
    return try bind(to: [address], skippingMissingFamilies: false, options)
  }

  private static func wildcards(_ port: Int) -> [SocketAddress] {
    let port = UInt16(clamping: port)
    return [
      SocketAddress(.ipv4(.init(), port: port)),
      SocketAddress(.ipv6(.init(), port: port, flow: 0, scope: 0)),
    ]
  }

  /// Takes over a listening socket that other code has made; the listener closes it.
  ///
  /// - Throws: ``IOError`` when it is no listening stream socket of an IP family; it is not closed then.
  public convenience init(adopting descriptor: Int32, options: Options = Options()) throws {
    let (watched, address) = try AdoptedSocket.adopt(descriptor) { socket in
      try socket.local.family != .unix && Sockets.isStream(descriptor)
        && Sockets.isListening(descriptor)
    } _: { socket in
      let watched = try ListeningSocket(
        descriptor, on: .ambient, backlog: options.backlog, isAdopted: true)
      return (watched, socket.local)
    }
    self.init(ListenerCore([watched], subject: "\(address)", isTCP: true), [address], options)
  }

  /// Serves connections, each in a child task that runs `handler` and then closes the stream.
  ///
  /// Beyond `maxConnections` nothing more is accepted until one has ended; a client that connects meanwhile waits in
  /// the system's backlog. An error of a handler is logged and ends its connection only. When the process
  /// runs out of descriptors, accepting pauses until there are some.
  ///
  /// Returns after ``close(grace:)``, once the last connection has ended.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: ``StreamBusyError`` when another task serves, ``StreamClosedError`` when it was closed.
  public func serve(
    maxConnections: Int = 10_000,
    @_inheritActorContext _ handler: @escaping @Sendable (TCPStream) async throws -> Void
  ) async throws {
    let options = options.stream
    try await core.serve(maxConnections, on: nil, { try TCPStream($0, options, nil) }, handler)
  }

  /// Serves connections on the loops of a pool: as ``serve(maxConnections:_:)``, but each connection is handed
  /// to the next loop, where its handler runs and stays.
  ///
  /// Connections are assigned in turn, which is even. With SO_REUSEPORT the system would spread them by a hash of their
  /// addresses, and one loop of two may get many more than the other.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: As the other form; ``EventLoopError`` once the pool is closed.
  public func serve(
    on pool: LoopPool, maxConnections: Int = 10_000,
    _ handler: @escaping @Sendable (TCPStream) async throws -> Void
  ) async throws {
    let options = options.stream
    try await core.serve(maxConnections, on: pool, { try TCPStream($0, options, nil) }, handler)
  }

  /// Stops listening; connections may go on for `grace`, then their handlers are cancelled.
  ///
  /// Waits until all have ended. A handler that calls this would wait for itself: it calls ``stop(grace:)``.
  ///
  /// **Cancellation.** A task that is cancelled does not wait.
  public func close(grace: Duration = .zero) async {
    stop(grace: grace)
    await core.waitUntilEnded()
  }

  /// As ``close(grace:)``, without waiting.
  public func stop(grace: Duration = .zero) { core.stop(grace: grace) }
}

extension TCPListener {
  private static func bind(
    to addresses: [SocketAddress], skippingMissingFamilies: Bool, _ options: Options
  ) throws -> TCPListener {
    var (sockets, bound): ([ListeningSocket], [SocketAddress]) = ([], [])
    do {
      for address in addresses {
        // A port that the system has chosen is the one for all.
        let wanted = address.port == 0 ? address.with(port: bound.first?.port ?? 0) : address
        do {
          let (socket, local) = try listen(at: wanted, options)
          sockets.append(socket)
          bound.append(local)
        } catch let error as IOError
          where skippingMissingFamilies && SystemError.missingFamilyCodes.contains(error.errno)
        {
          if wanted == addresses.last, sockets.isEmpty { throw error }
        }
      }
    } catch {
      for socket in sockets { socket.closeDescriptor() }
      throw error
    }
    let core = ListenerCore(
      sockets, subject: bound.map(\.description).joined(separator: ", "), isTCP: true)
    return TCPListener(core, bound, options)
  }

  private static func listen(
    at address: SocketAddress, _ options: Options
  ) throws -> (ListeningSocket, SocketAddress) {
    do {
      let descriptor = try Sockets.make(address.family, isStream: true)
      let local: SocketAddress
      do {
        try Sockets.setReuseAddress(descriptor)
        if options.reusePort { try Sockets.setReusePort(descriptor) }
        if address.family == .ipv6 { try Sockets.setIPv6Only(descriptor) }
        try Sockets.bind(descriptor, to: address)
        try Sockets.listen(descriptor, backlog: options.backlog)
        local = try Sockets.localAddress(descriptor) ?? address
      } catch {
        Syscalls.closeDescriptor(descriptor)
        throw error
      }
      return (try ListeningSocket(descriptor, on: .ambient, backlog: options.backlog), local)
    } catch let error as SystemError {
      throw IOError("listen at", "\(address)", error)
    }
  }
}
