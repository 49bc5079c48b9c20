// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO
public import AsyncIOTLS
internal import AsyncIOCore

/// Serves HTTP/1.1 and HTTP/2.
///
/// ```swift
/// var app = Router()
/// app.get("/users/{id}") { request in try await .json(users.find(request.parameters["id"])) }
///
/// let listener = try await TCPListener.bind(host: "127.0.0.1", port: 8080)
/// try await HTTPServer(app).serve(on: listener)
/// ```
///
/// Each connection is a child task of `serve`, and handlers run in it. If the client disconnects, its handler is cancelled. Strangers
/// are held to ``Configuration``: how much they may send, and how long they may take.
///
/// From any task and thread.
public final class HTTPServer: Sendable {
  /// Answers a request.
  ///
  /// Runs on the loop of its connection.
  public typealias Handler = @Sendable (Request) async throws -> Response

  let core: ServerCore

  /// A server that answers all requests with `handler`.
  public init(
    configuration: Configuration = Configuration(),
    @_inheritActorContext _ handler: @escaping Handler
  ) {
    core = ServerCore(configuration, handler)
  }

  /// A server that answers with the routes of a router.
  public convenience init(_ router: Router, configuration: Configuration = Configuration()) {
    self.init(configuration: configuration, router.handler)
  }

  /// Serves at an address until the server is stopped: the shortest form.
  ///
  /// ```swift
  /// try await HTTPServer.serve(host: "127.0.0.1", port: 8080) { request in .text("hello") }
  /// ```
  ///
  /// **Cancellation.** Cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: `IOError` with the address when it cannot be had; `CancellationError`.
  public static func serve(
    host: String?, port: Int, configuration: Configuration = Configuration(),
    @_inheritActorContext _ handler: @escaping Handler
  ) async throws {
    let listener = try await TCPListener.bind(host: host, port: port)
    try await HTTPServer(configuration: configuration, handler).serve(on: listener)
  }

  // MARK: Serving

  /// Serves the connections of a listener until ``shutdown(grace:)``.
  ///
  /// Several listeners may be served at once, each by a task.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Parameter pool: The loops over which the connections are spread; the loop of the calling task if nil.
  /// - Throws: `StreamBusyError` when the listener serves already, `StreamClosedError` when it, or the server, was stopped;
  ///   `CancellationError`.
  public func serve(on listener: TCPListener, across pool: LoopPool? = nil) async throws {
    try await serve({ listener.stop(grace: $0) }) { limit in
      if let pool {
        try await listener.serve(on: pool, maxConnections: limit) { try await self.handle($0) }
      } else {
        try await listener.serve(maxConnections: limit) { try await self.handle($0) }
      }
    }
  }

  /// Serves the connections of a Unix domain socket.
  ///
  /// As ``serve(on:across:)-(TCPListener,_)``.
  ///
  /// - Throws: As there.
  public func serve(on listener: UnixListener, across pool: LoopPool? = nil) async throws {
    try await serve({ listener.stop(grace: $0) }) { limit in
      if let pool {
        try await listener.serve(on: pool, maxConnections: limit) { try await self.handle($0) }
      } else {
        try await listener.serve(maxConnections: limit) { try await self.handle($0) }
      }
    }
  }

  /// Serves the connections of a listener with TLS.
  ///
  /// As ``serve(on:across:)-(TCPListener,_)``. By HTTP/2 if the listener's configuration has `h2` among its protocols, and the
  /// client wants it (RFC 7301): `TLSConfiguration.http(_:)` sets both.
  ///
  /// - Throws: As there.
  public func serve(on listener: TLSListener, across pool: LoopPool? = nil) async throws {
    try await serve({ listener.stop(grace: $0) }) { limit in
      if let pool {
        try await listener.serve(on: pool, maxConnections: limit) { try await self.handle($0) }
      } else {
        try await listener.serve(maxConnections: limit) { try await self.handle($0) }
      }
    }
  }

  /// Serves one connection that other code has accepted, or made, until it ends.
  ///
  /// The stream is the caller's to close. ``shutdown(grace:)`` ends it when no request is under way, but does not wait for it.
  ///
  /// **Cancellation.** The handler is cancelled, and the connection ends.
  ///
  /// - Throws: `CancellationError`.
  public func serve(_ stream: ByteStream) async throws {
    try await handle(stream)
    try Task.checkCancellation()
  }

  /// Stops: accepts nothing more, ends connections without a request at once, and the others once they are answered.
  ///
  /// Responses say `Connection: close`, and a connection of HTTP/2 is told that it ends. Handlers see
  /// ``Request/isDraining``, and server-sent events end. What is left after `grace` is cancelled. Returns when `serve` has ended.
  ///
  /// **Cancellation.** A task that is cancelled does not wait.
  ///
  /// - Parameter grace: How long requests that were begun may take; that of the configuration if nil.
  /// - Returns: What was cancelled.
  @discardableResult
  public func shutdown(grace: Duration? = nil) async -> ShutdownReport {
    core.drain(grace: grace ?? core.configuration.shutdownGrace)
    try? await core.ended.wait()
    return core.report
  }

  /// Whether the server is to stop.
  public var isDraining: Bool { core.isDraining }

  /// How many connections are open.
  public var connectionCount: Int { core.connectionCount }

  private func serve(
    _ stop: @escaping @Sendable (Duration) -> Void, _ run: @Sendable (Int) async throws -> Void
  ) async throws {
    guard let key = core.beginServing(stop) else { throw StreamClosedError() }
    defer { core.endServing(key) }
    // Those beyond the limit are told so.
    let limit = core.configuration.maxConnections + Self.refusedAtOnce
    try await StopSignals.watch(core) { try await run(limit) }
    let report = core.report
    if !report.cancelled.isEmpty { Log.warning("the server was stopped; \(report)") }
  }

  /// How many connections beyond the limit are answered with 503 at once.
  private static let refusedAtOnce = 64

  private func handle(_ stream: ByteStream) async throws {
    if core.connectionCount >= core.configuration.maxConnections {
      // A client of HTTP/2 would not read an answer of HTTP/1.
      if (stream as? TLSStream)?.negotiatedProtocol == "h2" { return }
      return await HTTP1ServerConnection.refuse(stream, core)
    }
    if (stream as? TLSStream)?.negotiatedProtocol == "h2" {
      return try await HTTP2ServerConnection(stream, core).serve()
    }
    let connection = HTTP1ServerConnection(stream, core)
    try await connection.serve()
    if connection.isHTTP2 { try await HTTP2ServerConnection(stream, core).serve() }
  }
}
