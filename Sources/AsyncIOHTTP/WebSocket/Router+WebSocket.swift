// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPTypes

extension Router {
  /// Adds a route for WebSockets.
  ///
  /// ```swift
  /// app.webSocket("/echo") { socket in
  ///   for try await message in socket { try await socket.send(message) }
  /// }
  /// ```
  ///
  /// When `body` returns, the connection ends with 1000; when it throws, with 1011. When the server is to stop, the client is told
  /// 1001. A client that asks for no WebSocket gets 426, and a page of another host 403: ``WebSocket/Options/origins``.
  public mutating func webSocket(
    _ path: String, _ options: WebSocket.Options = .init(),
    _ body: @escaping @Sendable (WebSocket) async throws -> Void
  ) {
    get(path) { request in try .webSocket(request, options) { try await body($0) } }
  }

  /// As the other form, with the request.
  public mutating func webSocket(
    _ path: String, _ options: WebSocket.Options = .init(),
    _ body: @escaping @Sendable (HTTPServer.Request, WebSocket) async throws -> Void
  ) {
    get(path) { request in try .webSocket(request, options) { try await body(request, $0) } }
  }
}

extension HTTPServer.Response {
  /// A WebSocket, for as long as `body` runs: what ``Router/webSocket(_:_:_:)-(_,_,(WebSocket)->Void)`` answers with.
  ///
  /// - Throws: ``StatusError``: 400, 403 or 426, when the client asks for none, or for one that it may not have.
  public static func webSocket(
    _ request: HTTPServer.Request, _ options: WebSocket.Options = .init(),
    _ body: @escaping @Sendable (WebSocket) async throws -> Void
  ) throws -> HTTPServer.Response {
    let agreement = try WebSocketHandshake.agree(request, options)
    let draining = request.server.draining
    return .upgrade(to: "websocket", headers: agreement.fields) { stream in
      let link = try WebSocketLink(stream, isServer: true, options, agreement.deflate)
      let socket = WebSocket(link, subprotocol: agreement.subprotocol)
      do {
        try await WebSocketRun(socket).run(until: draining, body)
      } catch let error as WebSocketError {
        Log.debug("the WebSocket with \(stream.peerDescription) has ended: \(error)")
      }
    }
  }
}
