// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPTypes
internal import Synchronization

/// What the connections of a server share: the handler, the settings, and the way to an end.
///
///     open ──drain──► draining: what has begun is answered ──deadline──► cancelled
final class ServerCore: Sendable {
  let handler: HTTPServer.Handler
  let configuration: HTTPServer.Configuration
  /// Is set when the server is to stop.
  let draining = AsyncEvent()
  /// The same, for a look at every response.
  private let hasBegunDraining = Atomic<Bool>(false)
  private let state = Guarded(State())
  let ended = AsyncEvent()

  private struct State {
    var connections: [ObjectIdentifier: any ServerConnection] = [:]
    var listeners: [UInt64: @Sendable (Duration) -> Void] = [:]
    var lastKey: UInt64 = 0
    var grace: Duration?
    var report = HTTPServer.ShutdownReport()
  }

  init(_ configuration: HTTPServer.Configuration, _ handler: @escaping HTTPServer.Handler) {
    self.configuration = configuration
    self.handler = handler
  }

  var isDraining: Bool { hasBegunDraining.load(ordering: .relaxed) }

  var report: HTTPServer.ShutdownReport { state.withLock { $0.report } }

  // MARK: Connections

  func add(_ connection: any ServerConnection) {
    state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
  }

  func remove(_ connection: any ServerConnection) {
    state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
  }

  var connectionCount: Int { state.withLock { $0.connections.count } }

  /// A request was cancelled because the server did not wait any longer.
  func noteCancelled(_ request: HTTPServer.UnfinishedRequest) {
    state.withLock { $0.report.cancelled.append(request) }
  }

  // MARK: Requests

  /// The answer to a request; nil if there is to be none, because the client has gone or the server goes.
  func respond(to request: HTTPServer.Request) async -> HTTPServer.Response? {
    do {
      guard let limit = configuration.timeouts.handler else {
        return try await handler(request)
      }
      return try await answerInTime(request, limit)
    } catch {
      return answer(to: request, failedBy: error)
    }
  }

  private func answerInTime(
    _ request: HTTPServer.Request, _ limit: Duration
  ) async throws -> HTTPServer.Response {
    let response = try await moveOn(after: limit) { try await handler(request) }
    guard let response else {
      throw StatusError(.serviceUnavailable, "the request took longer than \(limit)")
    }
    return response
  }

  private func answer(
    to request: HTTPServer.Request, failedBy error: any Error
  ) -> HTTPServer.Response? {
    switch error {
    case let error as any HTTPStatusError:
      if error.status.kind == .serverError { log(request, error) }
      return .named(error.status, error.message, headers: error.headers)
    case is ClientDisconnectedError: return nil
    case is CancellationError where Task.isCancelled: return nil
    default:
      log(request, error)
      return .named(.internalServerError)
    }
  }

  /// Notes an error of a handler.
  ///
  /// The query is left out: it may be nobody's business.
  func log(_ request: HTTPServer.Request, _ error: any Error) {
    let id = request.id.map { ", request \($0)" } ?? ""
    let path = String(request.path.prefix(200)).debugDescription.dropFirst().dropLast()
    let line = "\(request.method.rawValue) \(path) failed\(id): \(error)"
    // What clients do wrong is worth a line only to who looks for it: else each could fill the log.
    if (error as? any HTTPStatusError)?.status.kind == .clientError {
      Log.debug(line)
    } else {
      Log.error(line)
    }
  }

  // MARK: Serving and stopping

  /// A listener serves: `stop` stops it.
  ///
  /// - Returns: A key for `endServing`; nil when the server is to stop.
  func beginServing(_ stop: @escaping @Sendable (Duration) -> Void) -> UInt64? {
    state.withLock { state in
      if state.grace != nil { return nil }
      state.lastKey += 1
      state.listeners[state.lastKey] = stop
      return state.lastKey
    }
  }

  func endServing(_ key: UInt64) {
    let isLast = state.withLock { state in
      state.listeners[key] = nil
      return state.listeners.isEmpty && state.grace != nil
    }
    if isLast { ended.set() }
  }

  /// Stops: connections without a request end at once, the others with their response, and all after `grace`.
  ///
  /// A second time it can only be sooner.
  func drain(grace: Duration) {
    hasBegunDraining.store(true, ordering: .relaxed)
    let (soonest, stops, connections) = state.withLock { state in
      let soonest = min(grace, state.grace ?? grace)
      state.grace = soonest
      return (soonest, Array(state.listeners.values), Array(state.connections.values))
    }
    draining.set()
    if stops.isEmpty { ended.set() }
    for stop in stops { stop(soonest) }
    for connection in connections { connection.loop.perform { connection.drain() } }
  }
}
