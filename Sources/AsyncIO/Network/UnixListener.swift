// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Listens at a path of the file system and serves each connection in a child task.
///
/// ```swift
/// let listener = try await UnixListener.bind(path: "/run/app.sock", mode: 0o600)
/// try await listener.serve { stream in … }
/// ```
///
/// The socket file is removed when the listener ends, unless somebody else has put another there.
public final class UnixListener: Sendable {
  private let core: ListenerCore
  /// The file that it has made; none for a socket of other code.
  private let file: SocketFile?
  /// The path it listens at.
  public let path: String

  private init(_ core: ListenerCore, _ file: SocketFile?, path: String) {
    self.core = core
    self.file = file
    self.path = path
  }

  deinit { file?.remove() }

  /// The address it listens at.
  public var localAddress: SocketAddress { SocketAddress(.unix(Array(path.utf8))) }

  /// Whether a task is in `serve`.
  public var isServing: Bool { core.isServing }

  /// Starts to listen; connections are accepted once `serve` runs.
  ///
  /// A socket file that is left over, at which nobody listens any more, is replaced. Any other file at
  /// the path is an error, and is not touched.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// - `mode`: The permissions of the socket file, chmod(2); the process's usual ones if not given.
  /// - Throws: ``IOError`` with the path.
  public static func bind(
    path: String, mode: UInt32? = nil, backlog: Int = 4096
  ) async throws -> UnixListener {
    precondition(backlog > 0, "UnixListener: backlog must be positive, got \(backlog)")
    let address = try SocketAddress(unixPath: path)
    try Task.checkCancellation()
    do {
      if try SocketFile.isSocket(at: path), try await isDeserted(address) {
        try SocketFile.unlink(path)
      }
      return try listen(at: address, path, mode, backlog)
    } catch let error as SystemError {
      throw IOError("listen at", path, error)
    }
  }

  /// Whether nobody listens at a socket file.
  private static func isDeserted(_ address: SocketAddress) async throws -> Bool {
    do {
      try await Connecting.stream(to: address).close()
      return false
    } catch let error as SystemError {
      return error.errno == SystemError.connectionRefused
    }
  }

  private static func listen(
    at address: SocketAddress, _ path: String, _ mode: UInt32?, _ backlog: Int
  ) throws -> UnixListener {
    let descriptor = try Sockets.make(.unix, isStream: true)
    var file: SocketFile?
    do {
      try Sockets.bind(descriptor, to: address)
      file = try SocketFile(path)
      if let mode { try SocketFile.setMode(path, mode) }
      // Nobody can connect before this, so nobody meets other permissions.
      try Sockets.listen(descriptor, backlog: backlog)
    } catch {
      file?.remove()
      Syscalls.closeDescriptor(descriptor)
      throw error
    }
    let watched = try ListeningSocket(descriptor, on: .ambient, backlog: backlog)
    let core = ListenerCore([watched], subject: path, isTCP: false)
    return UnixListener(core, try file ?? SocketFile(path), path: path)
  }

  /// Takes over a listening socket that other code has made; the listener closes it, and leaves its file.
  ///
  /// Throws ``IOError`` when it is no listening Unix stream socket; it is not closed then.
  public convenience init(adopting descriptor: Int32) throws {
    let watched: ListeningSocket
    let path: String
    do {
      guard try Sockets.isStream(descriptor), try Sockets.isListening(descriptor),
        let local = try Sockets.localAddress(descriptor), local.family == .unix
      else { throw SystemError(call: "getsockname", errno: SystemError.protocolNotSupported) }
      path = local.path ?? "an unnamed socket"
      try Syscalls.setNonBlocking(descriptor)
      watched = try ListeningSocket(
        descriptor, on: .ambient, backlog: 4096, isAdopted: true)
    } catch let error as SystemError {
      throw IOError("adopt", "descriptor \(descriptor)", error)
    }
    self.init(ListenerCore([watched], subject: path, isTCP: false), nil, path: path)
  }

  /// Serves connections, each in a child task that runs `handler` and then closes the stream.
  ///
  /// See ``TCPListener/serve(maxConnections:_:)``.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  public func serve(
    maxConnections: Int = 10_000,
    @_inheritActorContext _ handler: @escaping @Sendable (UnixStream) async throws -> Void
  ) async throws {
    defer { file?.remove() }
    let peer = SocketAddress(.unix([]))
    try await core.serve(maxConnections, on: nil, { UnixStream($0, peer: peer) }, handler)
  }

  /// Serves connections on the loops of a pool.
  ///
  /// See ``TCPListener/serve(on:maxConnections:_:)``.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  public func serve(
    on pool: LoopPool, maxConnections: Int = 10_000,
    _ handler: @escaping @Sendable (UnixStream) async throws -> Void
  ) async throws {
    defer { file?.remove() }
    let peer = SocketAddress(.unix([]))
    try await core.serve(maxConnections, on: pool, { UnixStream($0, peer: peer) }, handler)
  }

  /// Stops listening; connections may go on for `grace`, then their handlers are cancelled.
  ///
  /// Waits until all have ended.
  ///
  /// **Cancellation.** A task that is cancelled does not wait.
  public func close(grace: Duration = .zero) async {
    stop(grace: grace)
    await core.waitUntilEnded()
  }

  /// As ``close(grace:)``, without waiting.
  public func stop(grace: Duration = .zero) {
    file?.remove()
    core.stop(grace: grace)
  }
}
