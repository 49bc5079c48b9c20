// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A socket that other code has made, while it is taken over.
struct AdoptedSocket {
  let descriptor: Int32
  let local: SocketAddress
  /// The peer of a connected socket.
  let remote: SocketAddress?

  /// Takes a socket over; it is not closed when that fails.
  ///
  /// - Parameters:
  ///   - isFit: Whether the socket is of the kind that is wanted.
  ///   - make: Makes what owns the socket from then on, which must not block.
  /// - Throws: ``IOError`` with the number of the descriptor.
  static func adopt<Result>(
    _ descriptor: Int32, if isFit: (AdoptedSocket) throws -> Bool,
    _ make: (AdoptedSocket) throws -> Result
  ) throws -> Result {
    do {
      guard let local = try Sockets.localAddress(descriptor) else { throw notSupported }
      let socket = AdoptedSocket(
        descriptor: descriptor, local: local, remote: try? Sockets.remoteAddress(descriptor))
      guard try isFit(socket) else { throw notSupported }
      try Syscalls.setNonBlocking(descriptor)
      return try make(socket)
    } catch let error as SystemError {
      throw IOError("adopt", "descriptor \(descriptor)", error)
    }
  }

  private static var notSupported: SystemError {
    SystemError(call: "getsockname", errno: SystemError.protocolNotSupported)
  }
}
