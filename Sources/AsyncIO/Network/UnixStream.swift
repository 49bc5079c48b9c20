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
  init(_ socket: SocketTransport, peer: SocketAddress) {
    socket.setPeer(peer)
    super.init(socket)
  }

  /// Connects to a socket of the file system, or to one in the abstract namespace (``SocketAddress/init(unixPath:)-(String)``).
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing is left of the attempt.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``.
  public static func connect(path: String) async throws -> UnixStream {
    try await connect(to: SocketAddress(unixPath: path))
  }

  /// As the form that takes a text, for a path that need not be UTF-8.
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing is left of the attempt.
  public static func connect(path: FilePath) async throws -> UnixStream {
    try await connect(to: SocketAddress(unixPath: path))
  }

  private static func connect(to address: SocketAddress) async throws -> UnixStream {
    do {
      while true {
        do {
          return UnixStream(try await Connecting.stream(to: address), peer: address)
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
  public static func pair() throws -> (UnixStream, UnixStream) {
    let (first, second) = try Syscalls.socketPair()
    let peer = SocketAddress(.unix([]))
    let socket: SocketTransport
    do {
      socket = try SocketTransport(first, on: .ambient)
    } catch {
      Syscalls.closeDescriptor(second)
      throw error
    }
    let one = UnixStream(socket, peer: peer)
    return (one, UnixStream(try SocketTransport(second, on: .ambient), peer: peer))
  }

  /// Takes over a connected socket that other code has made; the stream closes it.
  ///
  /// Throws ``IOError`` when it is no connected Unix stream socket; it is not closed then.
  public convenience init(adopting descriptor: Int32) throws {
    do {
      guard try Sockets.isStream(descriptor), let peer = try Sockets.remoteAddress(descriptor),
        peer.family == .unix
      else { throw SystemError(call: "getpeername", errno: SystemError.protocolNotSupported) }
      try Syscalls.setNonBlocking(descriptor)
      self.init(try SocketTransport(descriptor, on: .ambient, isAdopted: true), peer: peer)
    } catch let error as SystemError {
      throw IOError("adopt", "descriptor \(descriptor)", error)
    }
  }

  /// Who is at the other end: as it was when the connection was made.
  public struct PeerCredentials: Sendable, Hashable {
    /// The process.
    public let process: Int32
    /// Its effective user.
    public let user: UInt32
    /// Its effective group.
    public let group: UInt32
  }

  /// Who is at the other end, SO_PEERCRED in unix(7).
  ///
  /// Throws ``StreamClosedError`` or ``IOError``.
  public func peerCredentials() throws -> PeerCredentials {
    do {
      let found = try withSocket { try Sockets.peerCredentials($0) }
      return PeerCredentials(process: found.process, user: found.user, group: found.group)
    } catch let error as SystemError {
      throw IOError("ask for the credentials of", transport.subject, error)
    }
  }
}
