// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// The connections to one server.
final class PooledServer: Sendable {
  private struct State {
    /// The one that was used last is at the end.
    var idle: [HTTP1Connection] = []
    var shared: HTTP2Connection?
    /// Whether the server is known to speak HTTP/1.1 only.
    var isOld = false
    /// Requests that look for a connection, and connections in use.
    var users = 0
    var failures = 0
    var lastFailure: (any Error)?
  }

  private let state = Guarded(State())
  /// Limits the connections in use.
  let slots: AsyncSemaphore?
  /// Until it is known which version a server speaks, one task dials, and the others wait for what it finds.
  let dialing = AsyncSemaphore(permits: 1)

  init(limit: Int) { slots = limit > 0 ? AsyncSemaphore(permits: limit) : nil }

  // MARK: Users

  func enter() { state.withLock { $0.users += 1 } }
  func leave() { state.withLock { $0.users -= 1 } }

  /// Whether nothing is lost when the server is forgotten.
  var isUnused: Bool {
    state.withLock { $0.users == 0 && $0.idle.isEmpty && $0.shared == nil }
  }

  // MARK: What is known

  var isOld: Bool { state.withLock { $0.isOld } }
  func noteOld() { state.withLock { $0.isOld = true } }

  var dialFailures: Int { state.withLock { $0.failures } }

  func noteFailure(_ error: any Error) {
    state.withLock { state in
      state.failures += 1
      state.lastFailure = error
    }
  }

  /// What went wrong since there were so many failures.
  func failure(since count: Int) -> (any Error)? {
    state.withLock { $0.failures > count ? $0.lastFailure : nil }
  }

  // MARK: Connections

  func share(_ connection: HTTP2Connection) { state.withLock { $0.shared = connection } }

  /// The connection of HTTP/2, if there is one that can be used; what has come while it was idle is looked at before.
  func usableShared() async throws -> HTTP2Connection? {
    guard let connection = state.withLock({ $0.shared }) else { return nil }
    try await connection.catchUp()
    if connection.isUsable(idleLimit: ConnectionPool.idleLimit) { return connection }
    forget(connection)
    return nil
  }

  /// The connection of HTTP/2, if it can be used and nothing has come while it was idle.
  func sharedIfCurrent() -> HTTP2Connection? {
    guard let connection = state.withLock({ $0.shared }), connection.isCurrent,
      connection.isUsable(idleLimit: ConnectionPool.idleLimit)
    else { return nil }
    return connection
  }

  private func forget(_ connection: HTTP2Connection) {
    state.withLock { state in if state.shared === connection { state.shared = nil } }
    connection.closeIfIdle()
  }

  /// The one that was used last, so that the others grow old.
  func takeIdle() -> HTTP1Connection? {
    while let connection = state.withLock({ $0.idle.popLast() }) {
      // Its time to be idle ends here, or has ended.
      connection.watch.rest()
      if connection.watch.expired == nil, connection.isUsable(idleLimit: ConnectionPool.idleLimit) {
        return connection
      }
      connection.close()
    }
    return nil
  }

  func keep(_ connection: HTTP1Connection, atMost limit: Int) {
    let oldest = state.withLock { state -> HTTP1Connection? in
      state.idle.append(connection)
      return state.idle.count > limit ? state.idle.removeFirst() : nil
    }
    oldest?.close()
  }

  func closeExpired() {
    let limit = ConnectionPool.idleLimit
    let (expired, shared) = state.withLock { state in
      let expired = state.idle.filter { !$0.isUsable(idleLimit: limit) }
      state.idle.removeAll { connection in expired.contains { $0 === connection } }
      return (expired, state.shared)
    }
    for connection in expired { connection.close() }
    if let shared, !shared.isUsable(idleLimit: limit) { forget(shared) }
  }

  /// Closes a connection that nobody uses; false if there is none.
  func closeOneIdle() -> Bool {
    let (oldest, shared) = state.withLock { state in
      (state.idle.isEmpty ? nil : state.idle.removeFirst(), state.shared)
    }
    if let oldest {
      oldest.close()
      return true
    }
    guard let shared, shared.closeIfIdle() else { return false }
    forget(shared)
    return true
  }

  /// Has the shared connection take no more requests; false if there is none.
  func retireShared() -> Bool {
    let shared = state.withLock { state in
      defer { state.shared = nil }
      return state.shared
    }
    shared?.retire()
    return shared != nil
  }

  func close() {
    let (idle, shared) = state.withLock { state in
      defer { (state.idle, state.shared) = ([], nil) }
      return (state.idle, state.shared)
    }
    for connection in idle { connection.close() }
    shared?.close()
  }
}
