// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// Listens for TLS connections and serves each in a child task.
///
/// ```swift
/// let identity = TLSConfiguration.Identity(chain: certificate, key: key)
/// let listener = try await TLSListener.bind(host: nil, port: 8443, configuration: .server(identity))
/// try await listener.serve { stream in … }
/// ```
public final class TLSListener: Sendable {
  private let listener: TCPListener
  private let context: TLSContext
  private let configuration: TLSConfiguration

  private init(_ listener: TCPListener, _ context: TLSContext, _ configuration: TLSConfiguration) {
    self.listener = listener
    self.context = context
    self.configuration = configuration
  }

  /// The address it listens at; the first, if there are several.
  public var localAddress: SocketAddress { listener.localAddress }
  /// The addresses it listens at.
  public var localAddresses: [SocketAddress] { listener.localAddresses }

  /// Starts to listen; connections are accepted once `serve` runs.
  ///
  /// See `TCPListener.bind`.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// - Throws: ``TLSError`` when the certificate or key cannot be used; what `TCPListener.bind` throws.
  public static func bind(
    host: String?, port: Int, configuration: TLSConfiguration,
    options: TCPListener.Options = .init()
  ) async throws -> TLSListener {
    let context = try await TLSContext.make(
      configuration, isServer: true, subject: "\(host ?? "*"):\(port)")
    let listener = try await TCPListener.bind(host: host, port: port, options: options)
    return TLSListener(listener, context, configuration)
  }

  /// Serves connections, each in a child task that shakes hands, runs `handler` and closes the stream.
  ///
  /// A handshake that fails is logged and ends its connection only. See `TCPListener.serve`.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: `StreamBusyError` when another task serves, `StreamClosedError` when it was closed;
  ///   `CancellationError`.
  public func serve(
    maxConnections: Int = 10_000,
    @_inheritActorContext _ handler: @escaping @Sendable (TLSStream) async throws -> Void
  ) async throws {
    try await listener.serve(maxConnections: maxConnections, securing(handler))
  }

  /// Serves connections on the loops of a pool.
  ///
  /// See `TCPListener.serve(on:)`.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: `StreamBusyError` when another task serves, `StreamClosedError` when it was closed;
  ///   `CancellationError`.
  public func serve(
    on pool: LoopPool, maxConnections: Int = 10_000,
    _ handler: @escaping @Sendable (TLSStream) async throws -> Void
  ) async throws {
    try await listener.serve(on: pool, maxConnections: maxConnections, securing(handler))
  }

  private func securing(
    _ handler: @escaping @Sendable (TLSStream) async throws -> Void
  ) -> @Sendable (TCPStream) async throws -> Void {
    { [context, configuration] connection in
      let stream = try await TLSStream.server(over: connection, context, configuration)
      do {
        try await handler(stream)
      } catch {
        await stream.close()
        throw error
      }
      await stream.close()
    }
  }

  /// Stops listening; connections may go on for `grace`, then their handlers are cancelled.
  ///
  /// **Cancellation.** A task that is cancelled does not wait for their end.
  public func close(grace: Duration = .zero) async { await listener.close(grace: grace) }

  /// As ``close(grace:)``, without waiting.
  public func stop(grace: Duration = .zero) { listener.stop(grace: grace) }
}
