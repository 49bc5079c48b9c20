// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCore
public import HTTPTypes

extension HTTPClient {
  /// Connects to a WebSocket, and lends it to `body`.
  ///
  /// ```swift
  /// try await client.webSocket("wss://example.com/feed") { socket in
  ///   for try await message in socket { print(message) }
  /// }
  /// ```
  ///
  /// The connection ends when `body` does: with 1000 when it returns, otherwise with 1011. Proxies, certificates and times are those of
  /// the client; redirects are not followed. Runs in the caller's isolation.
  ///
  /// **Cancellation.** The connection ends with 1001, and the call throws `CancellationError`.
  ///
  /// - Parameters:
  ///   - url: With the scheme `ws` or `wss`; `http` and `https` mean the same.
  ///   - headers: Fields that go with the request, such as `Authorization`.
  /// - Throws: ``HTTPError`` when the server cannot be reached, or does not speak WebSocket; ``WebSocketError`` when the connection ends
  ///   while it is used; what `body` throws; `CancellationError`.
  @discardableResult
  public func webSocket<Result>(
    _ url: String, headers: HTTPFields = [:], _ options: WebSocket.Options = .init(),
    isolation: isolated (any Actor)? = #isolation, _ body: (WebSocket) async throws -> Result
  ) async throws -> Result {
    try Task.checkCancellation()
    let dial = try WebSocketDial(url, headers, options, configuration, proxies)
    let socket = try await dial.connect()
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await WebSocketRun(socket).run(body))
    } catch {
      result = .failure(error)
    }
    // The server closes first: RFC 6455 section 7.1.1.
    await dial.finish(socket)
    return try result.get()
  }
}
