// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

/// Listens at a path of the file system and serves each connection in a child task.
///
/// ```swift
/// let listener = try await UnixListener.bind(path: "/run/app.sock", mode: 0o600)
/// try await listener.serve { stream in … }
/// ```
///
/// The socket file is removed when the listener ends, unless another process has put one there.
public final class UnixListener: Sendable {
  private let core: ListenerCore
  /// The file that it has made; none for a socket of other code.
  private let file: SocketFile?
  /// The address it listens at.
  public let localAddress: SocketAddress

  private init(_ core: ListenerCore, _ file: SocketFile?, _ address: SocketAddress) {
    self.core = core
    self.file = file
    localAddress = address
  }

  deinit { file?.remove() }

  /// The path it listens at.
  public var path: String { localAddress.path ?? "an unnamed socket" }

  /// Whether a task is in `serve`.
  public var isServing: Bool { core.isServing }

  /// Starts to listen; connections are accepted once `serve` runs.
  ///
  /// A socket file that is left over, at which no process listens any more, is replaced. Any other file at
  /// the path is an error, and is not touched.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// A path that begins with a NUL byte is a name in the abstract namespace, without a file.
  ///
  /// - Parameter mode: The permissions of the socket file, chmod(2); the process's usual ones if not given.
  /// - Throws: ``IOError`` with the path; ``NULByteError``.
  public static func bind(
    path: String, mode: UInt32? = nil, backlog: Int = 4096
  ) async throws -> UnixListener {
    try await bind(to: SocketAddress(unixPath: path), mode, backlog)
  }

  /// As the form that takes a text, for a path that need not be UTF-8.
  ///
  /// **Cancellation.** Throws `CancellationError`, and listens nowhere.
  ///
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func bind(
    path: FilePath, mode: UInt32? = nil, backlog: Int = 4096
  ) async throws -> UnixListener {
    try await bind(to: SocketAddress(unixPath: path), mode, backlog)
  }

  private static func bind(
    to address: SocketAddress, _ mode: UInt32?, _ backlog: Int
  ) async throws -> UnixListener {
    require(backlog > 0, "UnixListener: backlog must be positive, got \(backlog)")
    try Task.checkCancellation()
    do {
      if !address.isAbstract, case .unix(let path) = address.storage {
        let name = CString(path: path)
        // The file system may keep its callers waiting.
        if try await runBlocking({ try SocketFile.isSocket(at: name) }),
          try await isDeserted(address)
        {
          try await runBlocking { try FileCalls.remove(name) }
        }
      }
      let (descriptor, file) = try await runBlocking { try listen(at: address, mode, backlog) }
      do {
        let watched = try ListeningSocket(descriptor, on: .ambient, backlog: backlog)
        let core = ListenerCore([watched], subject: "\(address)", isTCP: false)
        return UnixListener(core, file, address)
      } catch {
        file?.remove()
        throw error
      }
    } catch let error as SystemError {
      throw IOError("listen at", "\(address)", error)
    }
  }

  /// Whether no process listens at a socket file.
  private static func isDeserted(_ address: SocketAddress) async throws -> Bool {
    do {
      try await SocketConnector.stream(to: address).close()
      return false
    } catch let error as SystemError {
      return error.errno == SystemError.connectionRefused
    }
  }

  private static func listen(
    at address: SocketAddress, _ mode: UInt32?, _ backlog: Int
  ) throws -> (descriptor: Int32, file: SocketFile?) {
    let descriptor = try Sockets.make(.unix, isStream: true)
    var file: SocketFile?
    do {
      try Sockets.bind(descriptor, to: address)
      if !address.isAbstract, case .unix(let path) = address.storage {
        let name = CString(path: path)
        file = try SocketFile(name)
        if let mode { try SocketFile.setMode(name, mode) }
      }
      // No process can connect before this, so none meets other permissions.
      try Sockets.listen(descriptor, backlog: backlog)
    } catch {
      file?.remove()
      Syscalls.closeDescriptor(descriptor)
      throw error
    }
    return (descriptor, file)
  }

  /// Takes over a listening socket that other code has made; the listener closes it, and leaves its file.
  ///
  /// - Throws: ``IOError`` when it is no listening Unix stream socket; it is not closed then.
  public convenience init(adopting descriptor: Int32) throws {
    let (watched, address) = try AdoptedSocket.adopt(descriptor) { socket in
      try socket.local.family == .unix && Sockets.isStream(descriptor)
        && Sockets.isListening(descriptor)
    } _: { socket in
      let watched = try ListeningSocket(
        descriptor, on: .ambient, backlog: 4096, isAdopted: true)
      return (watched, socket.local)
    }
    self.init(ListenerCore([watched], subject: "\(address)", isTCP: false), nil, address)
  }

  /// Serves connections, each in a child task that runs `handler` and then closes the stream.
  ///
  /// See ``TCPListener/serve(maxConnections:_:)``.
  ///
  /// **Cancellation.** Stops listening, cancels and awaits all handlers, and throws `CancellationError`.
  ///
  /// - Throws: ``StreamBusyError`` when another task serves, ``StreamClosedError`` when it was closed;
  ///   `CancellationError`.
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
  ///
  /// - Throws: ``StreamBusyError`` when another task serves, ``StreamClosedError`` when it was closed;
  ///   `CancellationError`.
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
