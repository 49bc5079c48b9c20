// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore

/// The connections of a client on one loop.
///
/// A connection of HTTP/1.1 belongs to one exchange at a time, one of HTTP/2 is shared. A request that finds none dials; where the
/// number is limited, requests wait in line. A slot is given back by the task that has taken it, whatever happens.
final class ConnectionPool: Sendable {
  private struct Key: Hashable {
    let isSecure: Bool
    let host: String
    let port: Int
    let route: Route

    /// Requests that a proxy is asked itself may share its connections.
    init(_ request: Outgoing) {
      let url = request.url
      route = request.route
      isSecure = url.isSecure
      if case .proxy = route, !url.isSecure {
        (host, port) = ("", 0)
      } else {
        (host, port) = (url.host, url.port)
      }
    }
  }

  let loop: EventLoop
  private let configuration: HTTPClient.Configuration
  private let dialer: Dialer
  private let servers = Guarded<[Key: PooledServer]>([:])
  /// Limits the connections to all servers together.
  private let budget: ConnectionBudget?

  /// How long a connection may be idle, and how many to one server are kept so.
  static let idleLimit = Duration.seconds(30)
  private static let mostIdle = 100
  private static let sweepInterval = Duration.seconds(5)
  private let lastSweep = Guarded(LoopClock.Instant.now)

  init(_ loop: EventLoop, _ configuration: HTTPClient.Configuration) {
    self.loop = loop
    self.configuration = configuration
    dialer = Dialer(configuration)
    let limit = configuration.maxConnections
    budget = limit > 0 ? ConnectionBudget(limit: limit) : nil
  }

  /// An exchange on a connection that is there and free, without waiting for anything; nil if there is none.
  func keptExchange(for request: Outgoing) -> (any Exchange)? {
    sweep()
    let server = server(for: request)
    defer { server.leave() }
    if let shared = server.sharedIfCurrent() { return share(shared, request) }
    guard server.slots?.tryAcquire() != false else { return nil }
    if let idle = server.takeIdle() { return use(idle, server, request) }
    server.slots?.release()
    return nil
  }

  /// A connection for a request; it is given back by `finish` of the exchange.
  ///
  /// - Parameter failed: What a first try has failed on: the next is on another connection, which has served no others.
  func exchange(
    for request: Outgoing, after failed: (any Exchange)?
  ) async throws -> any Exchange {
    let server = server(for: request)
    defer { server.leave() }
    if let shared = try await server.usableShared(), !shared.isOf(failed) {
      return share(shared, request)
    }
    try await server.slots?.acquire()
    do {
      return try await connected(server, request, failed)
    } catch {
      server.slots?.release()
      throw error
    }
  }

  private func connected(
    _ server: PooledServer, _ request: Outgoing, _ failed: (any Exchange)?
  ) async throws -> any Exchange {
    if failed == nil, let idle = server.takeIdle() { return use(idle, server, request) }
    if mayBeShared(server, request),
      let exchange = try await sharedOrFirst(server, request, failed)
    {
      return exchange
    }
    return try await dialed(server, request)
  }

  /// An exchange on the one connection of HTTP/2, or on the first of a server; nil if the server turns out to speak HTTP/1.1 only.
  private func sharedOrFirst(
    _ server: PooledServer, _ request: Outgoing, _ failed: (any Exchange)?
  ) async throws -> (any Exchange)? {
    let failures = server.dialFailures
    try await server.dialing.acquire()
    defer { server.dialing.release() }
    // What has failed while this one waited would fail again, and each would wait for all before it.
    if let error = server.failure(since: failures) { throw error }
    // Those that have waited dial too, side by side.
    guard mayBeShared(server, request) else { return nil }
    if let shared = try await server.usableShared(), !shared.isOf(failed) {
      server.slots?.release()
      return share(shared, request)
    }
    do {
      return try await dialed(server, request)
    } catch let error where !(error is CancellationError) {
      server.noteFailure(error)
      throw error
    }
  }

  /// Whether it is not known yet that the server speaks HTTP/1.1 only.
  private func mayBeShared(_ server: PooledServer, _ request: Outgoing) -> Bool {
    switch configuration.version {
    case .http1: false
    case .http2: true
    case .automatic: request.url.isSecure && !server.isOld
    }
  }

  private func dialed(_ server: PooledServer, _ request: Outgoing) async throws -> any Exchange {
    var place: ConnectionBudget.Place?
    if let budget {
      switch try await budget.acquire(for: server, evict: { evictIdle(for: server) }) {
      case .idle(let connection): return use(connection, server, request)
      case .place(let granted): place = granted
      }
    }
    let dialed: Dialer.Dialed
    do {
      dialed = try await dialer.connect(to: request.url, by: request.route)
    } catch {
      place?.giveBack()
      throw error
    }
    guard dialed.isHTTP2 else {
      server.noteOld()
      return use(HTTP1Connection(dialed, on: loop, place), server, request)
    }
    let connection: HTTP2Connection
    do {
      connection = try HTTP2Connection(dialed, on: loop, place)
    } catch {
      dialed.stream.closeAtOnce()
      place?.giveBack()
      throw error
    }
    server.share(connection)
    // Requests on it take no slots: there is one of it.
    server.slots?.release()
    return share(connection, request)
  }

  private func share(_ connection: HTTP2Connection, _ request: Outgoing) -> any Exchange {
    HTTP2Exchange(connection, request, configuration, on: loop) { [budget] in
      if budget?.hasWaiters == true { connection.closeIfIdle() }
    }
  }

  private func use(
    _ connection: HTTP1Connection, _ server: PooledServer, _ request: Outgoing
  ) -> any Exchange {
    server.enter()
    return HTTP1Exchange(connection, request, configuration) { [budget] connection, isReusable in
      defer { server.leave() }
      if !isReusable {
        connection.close()
      } else if budget?.offer(connection, of: server) != true {
        connection.rest(idleLimit: Self.idleLimit)
        server.keep(connection, atMost: Self.mostIdle)
        // Kept before it is looked: a request that comes into the line meanwhile looks for what is kept.
        if budget?.hasWaiters == true { _ = server.closeOneIdle() }
      }
      server.slots?.release()
    }
  }

  // MARK: Servers

  /// The server of a request, which stays known as long as `leave` was not called.
  private func server(for request: Outgoing) -> PooledServer {
    servers.withLock { servers in
      let key = Key(request)
      if let server = servers[key] {
        server.enter()
        return server
      }
      let server = PooledServer(limit: configuration.maxConnectionsPerHost)
      server.enter()
      servers[key] = server
      return server
    }
  }

  /// Closes what has been idle for too long, and forgets servers to which there are no connections.
  private func sweep() {
    let now = LoopClock.Instant.now
    let isDue = lastSweep.withLock { last in
      guard last.duration(to: now) >= Self.sweepInterval else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    for server in servers.withLock({ Array($0.values) }) { server.closeExpired() }
    servers.withLock { servers in servers = servers.filter { !$0.value.isUnused } }
  }

  /// Closes one idle connection, of whichever server, for a request that needs its place.
  ///
  /// Where none is idle, one that is shared by the requests of another server takes no more of them.
  private func evictIdle(for waiting: PooledServer) {
    let all = servers.withLock { Array($0.values) }
    for server in all where server.closeOneIdle() { return }
    for server in all where server !== waiting && server.retireShared() { return }
  }

  /// Closes all connections.
  func close() {
    for server in servers.withLock({ Array($0.values) }) { server.close() }
  }
}
