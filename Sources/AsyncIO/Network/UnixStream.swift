// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

/// A connection through a Unix domain socket, unix(7).
///
/// ```swift
/// let stream = try await UnixStream.connect(path: "/run/app.sock")
/// ```
///
/// Reading and writing are described at ``ByteStream``.
///
/// Unchecked: adds constants only to a class that says what protects it.
public final class UnixStream: ByteStream, @unchecked Sendable {
  init(_ socket: SocketTransport, peer: SocketAddress, _ site: SourceSite? = nil) {
    socket.setPeer(peer)
    super.init(socket, site)
  }

  /// Connects to a socket of the file system, or to one in the abstract namespace (``SocketAddress/init(unixPath:)-(String)``).
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing is left of the attempt.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``.
  public static func connect(
    path: String, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> UnixStream {
    try await connect(to: SocketAddress(unixPath: path), SourceSite(file, line))
  }

  /// As the form that takes a text, for a path that need not be UTF-8.
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing is left of the attempt.
  ///
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func connect(
    path: FilePath, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> UnixStream {
    try await connect(to: SocketAddress(unixPath: path), SourceSite(file, line))
  }

  private static func connect(
    to address: SocketAddress, _ site: SourceSite
  ) async throws -> UnixStream {
    do {
      while true {
        do {
          return UnixStream(try await SocketConnector.stream(to: address), peer: address, site)
        } catch let error as SystemError where error.errno == SystemError.tryAgain {
          // Its backlog is full: of a Unix socket the system does not say when there is room.
          try await sleep(for: .milliseconds(10))
        }
      }
    } catch let error as SystemError {
      throw IOError("connect to", "\(address)", error)
    }
  }

  /// Two streams that are connected with each other, socketpair(2).
  ///
  /// - Throws: ``IOError`` when there are no descriptors left.
  public static func pair(
    file: StaticString = #fileID, line: UInt = #line
  ) throws -> (UnixStream, UnixStream) {
    let site = SourceSite(file, line)
    let (first, second) = try Syscalls.socketPair()
    let peer = SocketAddress(.unix([]))
    let socket: SocketTransport
    do {
      socket = try SocketTransport(first, on: .ambient)
    } catch {
      Syscalls.closeDescriptor(second)
      throw error
    }
    let one = UnixStream(socket, peer: peer, site)
    do {
      return (one, UnixStream(try SocketTransport(second, on: .ambient), peer: peer, site))
    } catch {
      one.abort()
      throw error
    }
  }

  /// Takes over a connected socket that other code has made; the stream closes it.
  ///
  /// Closing ends the connection for every process that holds a duplicate of the descriptor, such as a child process.
  ///
  /// - Throws: ``IOError`` when it is no connected Unix stream socket; it is not closed then.
  public convenience init(
    adopting descriptor: Int32, file: StaticString = #fileID, line: UInt = #line
  ) throws {
    let (transport, socket) = try AdoptedSocket.adopt(descriptor) { socket in
      try socket.remote?.family == .unix && Sockets.isStream(descriptor)
    } _: { socket in
      (try SocketTransport(descriptor, on: .ambient, isAdopted: true), socket)
    }
    self.init(transport, peer: socket.remote ?? socket.local, SourceSite(file, line))
  }

  /// The process at the other end, as it was when the connection was made.
  public struct PeerCredentials: Sendable, Hashable {
    /// The process.
    public let process: Int32
    /// Its effective user.
    public let user: UInt32
    /// Its effective group.
    public let group: UInt32
  }

  /// The process at the other end, SO_PEERCRED in unix(7).
  ///
  /// - Throws: ``StreamClosedError`` or ``IOError``.
  public func peerCredentials() throws -> PeerCredentials {
    do {
      let found = try withSocket { try Sockets.peerCredentials($0) }
      return PeerCredentials(process: found.process, user: found.user, group: found.group)
    } catch let error as SystemError {
      throw IOError("ask for the credentials of", transport.subject, error)
    }
  }
}
