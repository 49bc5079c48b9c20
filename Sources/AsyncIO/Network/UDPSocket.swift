// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Datagrams, udp(7): each arrives whole or not at all.
///
/// ```swift
/// let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
/// while true {
///   let datagram = try await socket.receive()
///   try await socket.send(datagram.bytes, to: datagram.sender)
/// }
/// ```
///
/// One task may receive at a time, and any number send; sends that have to wait go out in order.
///
/// From any task and thread.
public final class UDPSocket: Sendable {
  /// A datagram that came.
  public struct Datagram: Sendable, Hashable {
    /// Its bytes.
    public let bytes: [UInt8]
    /// The sender.
    public let sender: SocketAddress
    /// How many bytes it had: more than there are here when it was longer than the limit.
    public let fullCount: Int

    /// Whether it was longer than the limit.
    public var isTruncated: Bool { fullCount > bytes.count }

    fileprivate init(bytes: [UInt8], sender: SocketAddress, fullCount: Int) {
      self.bytes = bytes
      self.sender = sender
      self.fullCount = fullCount
    }

    fileprivate init(_ batch: DatagramBatch, _ index: Int, fallback: SocketAddress) {
      let (bytes, sender, fullCount) = batch.datagram(index, fallback: fallback)
      self.init(bytes: bytes, sender: sender, fullCount: fullCount)
    }
  }

  private let watched: WatchedDescriptor
  private let turn = AsyncSemaphore(permits: 1)
  private let isReceiving = Atomic<Bool>(false)
  /// The address of this side.
  public let localAddress: SocketAddress
  /// The only peer of a connected socket.
  public let remoteAddress: SocketAddress?

  private init(
    _ watched: WatchedDescriptor, local: SocketAddress, remote: SocketAddress?
  ) {
    self.watched = watched
    localAddress = local
    remoteAddress = remote
  }

  deinit { watched.closeDescriptor() }

  /// A socket at an address of this machine; port 0 takes a free one.
  ///
  /// **Cancellation.** Throws `CancellationError` while a name is looked up.
  ///
  /// - Throws: ``ResolveError``; ``IOError`` with the address that cannot be had.
  public static func bind(host: String, port: Int, reusePort: Bool = false) async throws
    -> UDPSocket
  {
    let addresses = try await Resolver.addresses(of: host, port: port)
    guard let address = addresses.first else {
      throw ResolveError(host: host, message: "there is no address", code: nil)
    }
    return try make("bind", address) { descriptor in
      if reusePort { try Sockets.setReusePort(descriptor) }
      try Sockets.bind(descriptor, to: address)
    }
  }

  /// A socket with one peer: ``send(_:)`` goes there, and only its datagrams are received.
  ///
  /// The peer's absence shows as an error of a later call, if at all.
  ///
  /// **Cancellation.** Throws `CancellationError` while a name is looked up.
  ///
  /// - Throws: ``ResolveError``, also when `local` is of another family than every address of the host;
  ///   ``IOError``.
  public static func connect(
    to host: String, port: Int, from local: SocketAddress? = nil
  ) async throws -> UDPSocket {
    let addresses = try await Resolver.addresses(of: host, port: port)
    let usable = addresses.first { local == nil || $0.family == local?.family }
    guard let remote = usable else {
      throw ResolveError(
        host: host,
        message:
          "there is no address of the family of \(local.map(String.init(describing:)) ?? "")",
        code: nil)
    }
    return try make("connect to", remote, remote: remote) { descriptor in
      if let local { try Sockets.bind(descriptor, to: local) }
      _ = try Sockets.connect(descriptor, to: remote)
    }
  }

  private static func make(
    _ operation: String, _ address: SocketAddress, remote: SocketAddress? = nil,
    _ prepare: (Int32) throws -> Void
  ) throws -> UDPSocket {
    do {
      let descriptor = try Sockets.make(address.family, isStream: false)
      let local: SocketAddress
      do {
        try prepare(descriptor)
        local = try Sockets.localAddress(descriptor) ?? address
      } catch {
        Syscalls.closeDescriptor(descriptor)
        throw error
      }
      return UDPSocket(
        try WatchedDescriptor(descriptor, on: .ambient, usesRing: true), local: local,
        remote: remote)
    } catch let error as SystemError {
      throw IOError(operation, "\(address)", error)
    }
  }

  /// Takes over a datagram socket that other code has made.
  ///
  /// - Throws: ``IOError`` when it is no datagram socket of an IP family; it is not closed then.
  public convenience init(adopting descriptor: Int32) throws {
    let (watched, socket) = try AdoptedSocket.adopt(descriptor) { socket in
      try socket.local.family != .unix && Sockets.isDatagram(descriptor)
    } _: { socket in
      (try WatchedDescriptor(descriptor, on: .ambient, usesRing: true, isAdopted: true), socket)
    }
    self.init(watched, local: socket.local, remote: socket.remote)
  }

  /// Waits for a datagram.
  ///
  /// What is longer than `limit` is cut off, and ``Datagram/fullCount`` tells.
  ///
  /// **Cancellation.** Throws `CancellationError`; no datagram is lost.
  ///
  /// - Throws: ``IOError``, on a connected socket also for what the network reported of an earlier send
  ///   (no process listens there): the socket stays usable.
  public func receive(upTo limit: Int = 65536) async throws -> Datagram {
    require(limit > 0, "receive: the limit must be positive, got \(limit)")
    try beginReceiving()
    defer { isReceiving.store(false, ordering: .releasing) }
    var datagram: Datagram?
    do {
      if watched.inbox != nil { return try await receiveByRing(limit) }
      _ = try await watched.perform("recvfrom", .read) { descriptor in
        Self.receive(descriptor, limit, remoteAddress ?? localAddress, into: &datagram)
      }
    } catch let error as SystemError {
      throw IOError("receive from", subject, error)
    }
    guard let datagram else { throw StreamClosedError() }
    return datagram
  }

  /// Waits for a datagram and takes those that are there as well, `maxCount` at the most, with one system
  /// call, recvmmsg(2).
  ///
  /// **Cancellation** and errors as in ``receive(upTo:)``.
  ///
  /// - Throws: ``IOError``; ``StreamClosedError``; `CancellationError`.
  public func receive(maxCount: Int, upTo limit: Int = 2048) async throws -> [Datagram] {
    require(maxCount > 0 && limit > 0, "receive: maxCount and limit must be positive")
    try beginReceiving()
    defer { isReceiving.store(false, ordering: .releasing) }
    let batch = DatagramBatch(capacity: min(maxCount, DatagramBatch.limit), size: limit)
    do {
      let count = try await watched.perform("recvmmsg", .read) { batch.receive($0) }
      return (0..<count).map { Datagram(batch, $0, fallback: remoteAddress ?? localAddress) }
    } catch let error as SystemError {
      throw IOError("receive from", subject, error)
    }
  }

  /// The kernel brings the datagram: no call says first that there is none.
  private func receiveByRing(_ limit: Int) async throws -> Datagram {
    let memory = DatagramBatch(capacity: 1, size: min(limit, Scratch.size))
    let count = try await watched.request("recvmsg", .read) { descriptor in
      RingOperation(.transfer) { memory.prepareReceiving($0, descriptor, $1) }
    }
    memory.setCount(count)
    return Datagram(memory, 0, fallback: remoteAddress ?? localAddress)
  }

  private func beginReceiving() throws {
    try Task.checkCancellation()
    guard !isReceiving.exchange(true, ordering: .acquiring) else { throw StreamBusyError(.read) }
  }

  private static func receive(
    _ descriptor: Int32, _ limit: Int, _ fallback: SocketAddress, into datagram: inout Datagram?
  ) -> Int {
    Scratch.with(min(limit, Scratch.size)) { buffer in
      var sender = SystemSocketAddress()
      let count = Sockets.receive(descriptor, buffer, from: &sender)
      guard count >= 0 else { return count }
      datagram = Datagram(
        bytes: Array(buffer.prefix(count)), sender: sender.address ?? fallback, fullCount: count)
      return count
    }
  }

  /// Sends a datagram, which may be empty; waits while the system has no room for it.
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing was sent.
  ///
  /// - Throws: ``IOError``, when it is too long (EMSGSIZE) for example; the socket stays usable.
  public func send(_ bytes: [UInt8], to receiver: SocketAddress) async throws {
    require(remoteAddress == nil, "UDPSocket: a connected socket sends to its peer only")
    try await send(bytes, receiver)
  }

  /// Sends a datagram to the peer of a connected socket.
  ///
  /// **Cancellation** and errors as in ``send(_:to:)``.
  ///
  /// - Throws: ``IOError`` with the receiver; ``StreamClosedError``; `CancellationError`.
  public func send(_ bytes: [UInt8]) async throws {
    require(
      remoteAddress != nil, "UDPSocket: only a connected socket sends without an address")
    try await send(bytes, nil)
  }

  private func send(_ bytes: [UInt8], _ receiver: SocketAddress?) async throws {
    try await turn.acquire(count: 1, reason: .writable)
    defer { turn.release() }
    do {
      _ = try await watched.perform("sendto", .write) { descriptor in
        bytes.withUnsafeBytes { Sockets.send(descriptor, $0, to: receiver) }
      } orByRing: { descriptor in
        let memory = DatagramBatch(sending: [(bytes, receiver)])
        return RingOperation(.transfer) { memory.prepareSending($0, descriptor, $1) }
      }
    } catch let error as SystemError {
      throw IOError("send to", "\(receiver ?? remoteAddress ?? localAddress)", error)
    }
  }

  /// Sends several datagrams, in order, with as few system calls as the system allows, sendmmsg(2).
  ///
  /// **Cancellation.** Throws `CancellationError`; those before have been sent.
  ///
  /// - Throws: ``IOError`` with the receiver; ``StreamClosedError``; `CancellationError`.
  public func send(contentsOf datagrams: [(bytes: [UInt8], receiver: SocketAddress)]) async throws {
    require(remoteAddress == nil, "UDPSocket: a connected socket sends to its peer only")
    try await turn.acquire(count: 1, reason: .writable)
    defer { turn.release() }
    var rest = datagrams[...]
    while !rest.isEmpty {
      let batch = DatagramBatch(
        sending: rest.prefix(DatagramBatch.limit).map { ($0.bytes, $0.receiver) }[...])
      do {
        rest = rest.dropFirst(try await watched.perform("sendmmsg", .write) { batch.send($0) })
      } catch let error as SystemError {
        throw IOError("send to", "\(rest.first?.receiver ?? localAddress)", error)
      }
    }
  }

  private var subject: String { "\(remoteAddress ?? localAddress)" }

  /// Closes the socket; a task that waits in a call gets ``StreamClosedError``.
  ///
  /// A second time does nothing.
  public func close() { watched.closeDescriptor() }
}
