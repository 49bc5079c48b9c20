// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import CAsyncIO
internal import Glibc

/// One connection attempt.
enum SocketConnector {
  /// Makes a socket and connects it; nothing is left of it when that fails.
  static func stream(
    to address: SocketAddress, from local: SocketAddress? = nil
  ) async throws -> SocketTransport {
    try Task.checkCancellation()
    let loop = EventLoop.ambient
    // A Unix socket connects at once, or not at all.
    guard let ring = loop.ring, address.family != .unix else {
      return try await refusingItself(
        try await connectWhenWritable(to: address, from: local, on: loop), address, local)
    }
    let descriptor = try make(address, from: local)
    do {
      try await connect(descriptor, to: address, on: loop, ring)
    } catch {
      // Some kernels say the same of every failure, and leave what it was with the socket.
      let reason = try? Sockets.takeError(descriptor)
      Syscalls.closeDescriptor(descriptor)
      guard let error = error as? SystemError,
        SystemError.unclearAttemptCodes.contains(error.errno)
      else { throw error }
      if let reason { throw SystemError(call: "connect", errno: reason) }
      return try await refusingItself(
        try await connectWhenWritable(to: address, from: local, on: loop), address, local)
    }
    return try await refusingItself(
      try SocketTransport(descriptor, on: loop, isTCP: true), address, local)
  }

  /// A connection that is not one of a socket with itself: where nobody listens, the system may choose the very port that
  /// is connected to as the own one, and both ends meet (RFC 9293, section 3.5, simultaneous open).
  private static func refusingItself(
    _ socket: SocketTransport, _ address: SocketAddress, _ local: SocketAddress?
  ) async throws -> SocketTransport {
    // With a port that the caller has chosen it is meant.
    guard address.family != .unix, (local?.port ?? 0) == 0,
      let own = try? socket.withDescriptor({ try Sockets.localAddress($0) }), own == address
    else { return socket }
    socket.closeNow(reset: true)
    throw SystemError(call: "connect", errno: SystemError.connectionRefused)
  }

  private static func make(
    _ address: SocketAddress, from local: SocketAddress?
  ) throws -> Int32 {
    let descriptor = try Sockets.make(address.family, isStream: true)
    do {
      if let local { try bind(descriptor, to: local) }
    } catch {
      Syscalls.closeDescriptor(descriptor)
      throw error
    }
    return descriptor
  }

  /// The kernel says when the attempt has ended; the descriptor stays the caller's until then.
  private static func connect(
    _ descriptor: Int32, to address: SocketAddress, on loop: EventLoop, _ ring: RingBackend
  ) async throws {
    let memory = UnsafeMutablePointer<SystemSocketAddress>.allocate(capacity: 1)
    memory.initialize(to: SystemSocketAddress(address))
    defer { memory.deallocate() }
    let place = UncheckedSendable(memory)
    let operation = RingOperation(.transfer) { ring, request in
      // The address is the first field.
      let start = UnsafeRawPointer(place.value).assumingMemoryBound(to: sockaddr.self)
      asyncio_ring_connect(ring, descriptor, start, place.value.pointee.length, request)
    }
    let result = await operation.perform(on: loop, ring)
    if result == 0 { return }
    if result == RingRequest.cancelled || SystemError.isInterruption(-Int(result)) {
      try Task.checkCancellation()
      if loop.isEnded { throw EventLoopError.ended(loop) }
    }
    throw SystemError(call: "connect", errno: -result)
  }

  private static func connectWhenWritable(
    to address: SocketAddress, from local: SocketAddress?, on loop: EventLoop
  ) async throws -> SocketTransport {
    let descriptor = try make(address, from: local)
    let isConnected: Bool
    do {
      isConnected = try Sockets.connect(descriptor, to: address)
    } catch {
      Syscalls.closeDescriptor(descriptor)
      throw error
    }
    // Told to the kernel after connect(2), so that every report of it is one of this attempt.
    let socket = try SocketTransport(
      descriptor, on: loop, isTCP: address.family != .unix, isConnecting: !isConnected)
    if isConnected { return socket }
    do {
      try await socket.waitUntilReady(.write)
      if let number = try socket.withDescriptor({ try Sockets.takeError($0) }) {
        throw SystemError(call: "connect", errno: number)
      }
      return socket
    } catch {
      socket.closeDescriptor()
      throw error
    }
  }

  private static func bind(_ descriptor: Int32, to local: SocketAddress) throws {
    try Sockets.setReuseAddress(descriptor)
    do {
      try Sockets.bind(descriptor, to: local)
    } catch {
      throw IOError("connect from", "\(local)", error)
    }
  }
}
