// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore

/// The connections of a client on one loop.
///
/// A connection of HTTP/1.1 belongs to one exchange at a time, one of HTTP/2 is shared. A request that finds none dials; where the
/// number is limited, requests wait in line. A slot is given back by the task that has taken it, whatever happens.
///
/// Unchecked: all state is behind the lock.
final class ConnectionPool: @unchecked Sendable {
  private struct Key: Hashable {
    let isSecure: Bool
    let host: String
    let port: Int

    init(_ url: HTTPURL) { (isSecure, host, port) = (url.isSecure, url.host, url.port) }
  }

  /// The connections to one server.
  fileprivate final class Server: Sendable {
    let idle = Guarded<[HTTP1Connection]>([])
    let shared = Guarded<HTTP2Connection?>(nil)
    /// Whether the server is known to speak HTTP/1.1 only.
    let isOld = Guarded(false)
    let slots: AsyncSemaphore?
    /// Until it is known which version a server speaks, one task dials, and the others wait for what it finds.
    let dialing = AsyncSemaphore(permits: 1)

    init(limit: Int) { slots = limit > 0 ? AsyncSemaphore(permits: limit) : nil }
  }

  let loop: EventLoop
  private let configuration: HTTPClient.Configuration
  private let dialer: Dialer
  private let servers = Guarded<[Key: Server]>([:])

  /// How long a connection may be idle, and how many to one server are kept so.
  private static let idleLimit = Duration.seconds(30)
  private static let mostIdle = 100
  private static let sweepInterval = Duration.seconds(5)
  private let lastSweep = Guarded(LoopClock.Instant.now)

  init(_ loop: EventLoop, _ configuration: HTTPClient.Configuration) {
    self.loop = loop
    self.configuration = configuration
    dialer = Dialer(configuration)
  }

  /// A connection for a request; it is given back by `finish` of the exchange.
  ///
  /// - Parameter isFresh: Whether it must not have served others: for a second try.
  func exchange(for request: Outgoing, isFresh: Bool) async throws -> any Exchange {
    sweep()
    let server = server(of: request.url)
    if !isFresh, let shared = server.usableShared(Self.idleLimit) {
      return Self.share(shared, request)
    }
    try await server.slots?.acquire()
    do {
      return try await connected(server, request, isFresh)
    } catch {
      server.slots?.release()
      throw error
    }
  }

  private func connected(
    _ server: Server, _ request: Outgoing, _ isFresh: Bool
  ) async throws -> any Exchange {
    if !isFresh, let idle = server.takeIdle(Self.idleLimit) { return use(idle, server, request) }
    if mayBeShared(server, request),
      let exchange = try await sharedOrFirst(server, request, isFresh)
    {
      return exchange
    }
    return try await dialed(server, request)
  }

  /// An exchange on the one connection of HTTP/2, or on the first of a server; nil if the server turns out to speak HTTP/1.1 only.
  private func sharedOrFirst(
    _ server: Server, _ request: Outgoing, _ isFresh: Bool
  ) async throws -> (any Exchange)? {
    try await server.dialing.acquire()
    defer { server.dialing.release() }
    // Those that have waited dial too, side by side.
    guard mayBeShared(server, request) else { return nil }
    if !isFresh, let shared = server.usableShared(Self.idleLimit) {
      server.slots?.release()
      return Self.share(shared, request)
    }
    return try await dialed(server, request)
  }

  /// Whether it is not known yet that the server speaks HTTP/1.1 only.
  private func mayBeShared(_ server: Server, _ request: Outgoing) -> Bool {
    switch configuration.version {
    case .http1: false
    case .http2: true
    case .automatic: request.url.isSecure && !server.isOld.withLock { $0 }
    }
  }

  private func dialed(_ server: Server, _ request: Outgoing) async throws -> any Exchange {
    let (stream, isHTTP2) = try await dialer.connect(to: request.url)
    guard isHTTP2 else {
      server.isOld.withLock { $0 = true }
      return use(HTTP1Connection(stream), server, request)
    }
    let connection: HTTP2Connection
    do {
      connection = try HTTP2Connection(stream)
    } catch {
      stream.closeAtOnce()
      throw error
    }
    server.shared.withLock { $0 = connection }
    // Requests on it take no slots: there is one of it.
    server.slots?.release()
    return Self.share(connection, request)
  }

  private static func share(_ connection: HTTP2Connection, _ request: Outgoing) -> any Exchange {
    HTTP2Exchange(connection, request) {}
  }

  private func use(
    _ connection: HTTP1Connection, _ server: Server, _ request: Outgoing
  ) -> any Exchange {
    HTTP1Exchange(connection, request) { connection, isReusable in
      if isReusable {
        connection.idleSince = .now
        server.keep(connection, atMost: Self.mostIdle)
      } else {
        connection.close()
      }
      server.slots?.release()
    }
  }

  private func server(of url: HTTPURL) -> Server {
    servers.withLock { servers in
      let key = Key(url)
      if let server = servers[key] { return server }
      let server = Server(limit: configuration.maxConnectionsPerHost)
      servers[key] = server
      return server
    }
  }

  /// Closes what has been idle for too long, also of servers that are not asked any more.
  private func sweep() {
    let now = LoopClock.Instant.now
    let isDue = lastSweep.withLock { last in
      guard last.duration(to: now) >= Self.sweepInterval else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    for server in servers.withLock({ Array($0.values) }) { server.closeExpired(Self.idleLimit) }
  }

  /// Closes all connections.
  func close() {
    for server in servers.withLock({ Array($0.values) }) { server.close() }
  }
}

extension ConnectionPool.Server {
  fileprivate func usableShared(_ idleLimit: Duration) -> HTTP2Connection? {
    let (connection, old) = shared.withLock { shared -> (HTTP2Connection?, HTTP2Connection?) in
      guard let connection = shared else { return (nil, nil) }
      if connection.isUsable(idleLimit: idleLimit) { return (connection, nil) }
      shared = nil
      return (nil, connection)
    }
    _ = old
    return connection
  }

  /// The one that was used last, so that the others grow old.
  fileprivate func takeIdle(_ idleLimit: Duration) -> HTTP1Connection? {
    while let connection = idle.withLock({ $0.popLast() }) {
      if connection.isUsable(idleLimit: idleLimit) { return connection }
      connection.close()
    }
    return nil
  }

  fileprivate func closeExpired(_ idleLimit: Duration) {
    let expired = idle.withLock { idle -> [HTTP1Connection] in
      let expired = idle.filter { !$0.isUsable(idleLimit: idleLimit) }
      idle.removeAll { connection in expired.contains { $0 === connection } }
      return expired
    }
    for connection in expired { connection.close() }
    _ = usableShared(idleLimit)
  }

  fileprivate func keep(_ connection: HTTP1Connection, atMost limit: Int) {
    let oldest = idle.withLock { idle -> HTTP1Connection? in
      idle.append(connection)
      return idle.count > limit ? idle.removeFirst() : nil
    }
    oldest?.close()
  }

  fileprivate func close() {
    for connection in idle.withLock({ idle in
      defer { idle = [] }
      return idle
    }) { connection.close() }
    shared.withLock { shared in
      defer { shared = nil }
      return shared
    }?.close()
  }
}
