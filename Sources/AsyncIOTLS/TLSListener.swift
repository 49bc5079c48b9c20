// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO
internal import AsyncIOCore

/// Listens for TLS connections and serves each in a child task.
///
/// ```swift
/// let identity = TLSConfiguration.Identity(chain: certificate, key: key)
/// let listener = try await TLSListener.bind(host: nil, port: 8443, configuration: .server(identity))
/// try await listener.serve { stream in … }
/// ```
public final class TLSListener: Sendable {
  private let listener: TCPListener
  private let current: Guarded<(context: TLSContext, configuration: TLSConfiguration)>
  /// Where settings come from, and the signal at which they are asked for anew.
  private let source: Source?

  private struct Source: Sendable {
    let signal: UnixSignal
    let load: @Sendable () async throws -> TLSConfiguration
  }

  private init(
    _ listener: TCPListener, _ context: TLSContext, _ configuration: TLSConfiguration,
    _ source: Source? = nil
  ) {
    self.listener = listener
    current = Guarded((context, configuration))
    self.source = source
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

  /// Starts to listen with settings that may change: `load` gives them now, and again at each `signal`.
  ///
  /// ```swift
  /// let listener = try await TLSListener.bind(host: nil, port: 443) {
  ///   .server(try await .files(chain: "fullchain.pem", key: "privkey.pem"))
  /// }
  /// ```
  ///
  /// Connections that are open keep what they were made with. When `load` fails later, that is logged, and the settings stay.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// - Throws: What `load` throws the first time; what the other form throws.
  public static func bind(
    host: String?, port: Int, options: TCPListener.Options = .init(),
    reloadingOn signal: UnixSignal = .hangup,
    _ load: @escaping @Sendable () async throws -> TLSConfiguration
  ) async throws -> TLSListener {
    let configuration = try await load()
    let context = try await TLSContext.make(
      configuration, isServer: true, subject: "\(host ?? "*"):\(port)")
    let listener = try await TCPListener.bind(host: host, port: port, options: options)
    return TLSListener(
      listener, context, configuration, Source(signal: signal, load: load))
  }

  /// Has connections that come from now on use other settings.
  ///
  /// **Cancellation.** Throws `CancellationError`; the settings stay.
  ///
  /// - Throws: ``TLSError`` when they cannot be used: then those that there are stay.
  public func update(_ configuration: TLSConfiguration) async throws {
    let context = try await TLSContext.make(
      configuration, isServer: true, subject: "\(localAddress)")
    current.withLock { $0 = (context, configuration) }
  }

  /// Runs `body`, and asks for settings at each signal meanwhile.
  private func reloading(_ body: () async throws -> Void) async throws {
    guard let source else { return try await body() }
    let signals = signals(source.signal)
    let watch = createTask(name: "TLS settings") {
      for await _ in signals {
        do {
          try await self.update(source.load())
        } catch {
          Log.error(
            "\(self.localAddress) keeps its TLS settings, since there are no others: \(error)")
        }
      }
    }
    defer { watch.cancel() }
    try await body()
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
    let handler = securing(handler)
    try await reloading {
      try await listener.serve(maxConnections: maxConnections, handler)
    }
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
    let handler = securing(handler)
    try await reloading {
      try await listener.serve(on: pool, maxConnections: maxConnections, handler)
    }
  }

  private func securing(
    _ handler: @escaping @Sendable (TLSStream) async throws -> Void
  ) -> @Sendable (TCPStream) async throws -> Void {
    { connection in
      let (context, configuration) = self.current.withLock { $0 }
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
