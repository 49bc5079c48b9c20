// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import CAsyncIO
internal import Glibc

/// The system calls of sockets.
///
/// Those that transfer bytes return what the call returned, or minus the
/// error number.
@usableFromInline
package enum Sockets {
  package static let streamType = Int32(SOCK_STREAM.rawValue)

  // MARK: Making

  /// A socket that does not block and is closed on exec.
  package static func make(_ family: SocketAddress.Family, isStream: Bool) throws(SystemError)
    -> Int32
  {
    let domain =
      switch family {
      case .ipv4: AF_INET
      case .ipv6: AF_INET6
      case .unix: AF_UNIX
      }
    let type = isStream ? SOCK_STREAM : SOCK_DGRAM
    let flags = SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    return Syscalls.aboveStandard(
      try Syscalls.check("socket", socket(domain, Int32(type.rawValue | flags), 0)))
  }

  package static func bind(_ descriptor: Int32, to address: SocketAddress) throws(SystemError) {
    var system = SystemSocketAddress(address)
    let result = system.withPointer { Glibc.bind(descriptor, $0, $1) }
    _ = try Syscalls.check("bind", result)
  }

  package static func listen(_ descriptor: Int32, backlog: Int) throws(SystemError) {
    let backlog = Int32(clamping: backlog)
    _ = try Syscalls.check("listen", Glibc.listen(descriptor, backlog))
  }

  /// Begins to connect; false when that is still under way.
  package static func connect(_ descriptor: Int32, to address: SocketAddress) throws(SystemError)
    -> Bool
  {
    var system = SystemSocketAddress(address)
    while true {
      let result = system.withPointer { Glibc.connect(descriptor, $0, $1) }
      if result == 0 { return true }
      // Interrupted, it goes on all the same, connect(2).
      if errno == EINPROGRESS || errno == EINTR { return false }
      throw SystemError(call: "connect", errno: errno)
    }
  }

  /// The next connection; it does not block and is closed on exec.
  package static func accept(_ descriptor: Int32) -> Int {
    result(asyncio_accept(descriptor))
  }

  package static func shutdownWriting(_ descriptor: Int32) throws(SystemError) {
    _ = try Syscalls.check("shutdown", shutdown(descriptor, Int32(SHUT_WR)))
  }

  /// Ends both directions, also for the writer at the other end.
  package static func shutdownBoth(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_RDWR)) }

  // MARK: Asking

  /// How many bytes the peer of a TCP socket has not confirmed yet, SIOCOUTQ in tcp(7); the end of the stream counts
  /// as one.
  package static func unconfirmedBytes(_ descriptor: Int32) -> Int {
    Int(asyncio_unconfirmed_bytes(descriptor))
  }

  package static func localAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress? {
    var system = SystemSocketAddress()
    let status = system.withPointer { getsockname(descriptor, $0, &$1) }
    _ = try Syscalls.check("getsockname", status)
    return system.address
  }

  package static func remoteAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress? {
    var system = SystemSocketAddress()
    let status = system.withPointer { getpeername(descriptor, $0, &$1) }
    _ = try Syscalls.check("getpeername", status)
    return system.address
  }

  /// The error that is pending on the socket, which is cleared; nil when there is none.
  package static func takeError(_ descriptor: Int32) throws(SystemError) -> Int32? {
    let number = try option(descriptor, SOL_SOCKET, SO_ERROR)
    return number == 0 ? nil : number
  }

  package static func isStream(_ descriptor: Int32) throws(SystemError) -> Bool {
    try option(descriptor, SOL_SOCKET, SO_TYPE) == Int32(SOCK_STREAM.rawValue)
  }

  package static func isDatagram(_ descriptor: Int32) throws(SystemError) -> Bool {
    try option(descriptor, SOL_SOCKET, SO_TYPE) == Int32(SOCK_DGRAM.rawValue)
  }

  package static func isListening(_ descriptor: Int32) throws(SystemError) -> Bool {
    try option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) != 0
  }

  /// Process, user and group at the other end of a Unix domain socket, SO_PEERCRED in unix(7).
  package static func peerCredentials(
    _ descriptor: Int32
  ) throws(SystemError) -> (process: Int32, user: UInt32, group: UInt32) {
    var process: Int32 = 0
    var (user, group): (UInt32, UInt32) = (0, 0)
    _ = try Syscalls.check(
      "getsockopt", asyncio_peer_credentials(descriptor, &process, &user, &group))
    return (process, user, group)
  }

  // MARK: Options

  package static func option(
    _ descriptor: Int32, _ level: Int32, _ name: Int32
  ) throws(SystemError) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    _ = try Syscalls.check("getsockopt", getsockopt(descriptor, level, name, &value, &length))
    return value
  }

  package static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) throws(SystemError) {
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    _ = try Syscalls.check("setsockopt", setsockopt(descriptor, level, name, &value, size))
  }

  package static func setNoDelay(_ descriptor: Int32, _ isOn: Bool) throws(SystemError) {
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, isOn ? 1 : 0)
  }

  /// Urgent data is read like all other: a read does not stop short before it.
  package static func setUrgentDataInline(_ descriptor: Int32) throws(SystemError) {
    try setOption(descriptor, SOL_SOCKET, SO_OOBINLINE, 1)
  }

  package static func noDelay(_ descriptor: Int32) throws(SystemError) -> Bool {
    try option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) != 0
  }

  /// Seconds until the first probe, between probes, and how many may stay unanswered, tcp(7).
  package static func setKeepAlive(
    _ descriptor: Int32, idle: Int32, interval: Int32, count: Int32
  ) throws(SystemError) {
    try setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, idle)
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, interval)
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, count)
  }

  package static func setReuseAddress(_ descriptor: Int32) throws(SystemError) {
    try setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
  }

  package static func setReusePort(_ descriptor: Int32) throws(SystemError) {
    try setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
  }

  package static func reusePort(_ descriptor: Int32) throws(SystemError) -> Bool {
    try option(descriptor, SOL_SOCKET, SO_REUSEPORT) != 0
  }

  package static func setIPv6Only(_ descriptor: Int32) throws(SystemError) {
    try setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
  }

  /// The next close discards what is not sent yet and resets the connection, socket(7).
  package static func setResetOnClose(_ descriptor: Int32) {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  // MARK: Transferring

  @inlinable @inline(__always)
  package static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    asyncio_receive(descriptor, buffer.baseAddress, buffer.count)
  }

  /// Drops bytes that have come by TCP without copying them, MSG_TRUNC in tcp(7); as `receive` otherwise.
  package static func discard(_ descriptor: Int32, _ count: Int) -> Int {
    asyncio_discard(descriptor, count)
  }

  /// Whether there is something to read: bytes, the end of the stream or an error.
  package static func hasInput(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return count >= 0 || errno != EAGAIN
  }

  /// A closed peer is an error, and no signal.
  @inlinable @inline(__always)
  package static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    asyncio_send(descriptor, bytes.baseAddress, bytes.count)
  }

  private static let sendFlags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)

  package static func send(_ descriptor: Int32, pieces: [UnsafeRawBufferPointer]) -> Int {
    let message = GatheredMessage(pieces)
    defer { withExtendedLifetime(message) {} }
    return result(sendmsg(descriptor, message.header, sendFlags))
  }

  package static func receive(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer,
    from sender: inout SystemSocketAddress
  ) -> Int {
    sender.length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return sender.withPointer { address, length in
      // MSG_TRUNC: the real length of the datagram, also when the buffer is shorter.
      result(
        recvfrom(
          descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), address, &length))
    }
  }

  package static func send(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, to receiver: SocketAddress?
  ) -> Int {
    guard let receiver else { return send(descriptor, bytes) }
    var system = SystemSocketAddress(receiver)
    return system.withPointer { address, length in
      result(
        sendto(
          descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), address, length))
    }
  }

  package static func sendFile(_ descriptor: Int32, _ file: Int32, from offset: Int, count: Int)
    -> Int
  {
    result(asyncio_send_file(descriptor, file, Int64(offset), count))
  }

  @inline(__always)
  package static func result(_ value: Int) -> Int { value >= 0 ? value : -Int(errno) }

  @inline(__always)
  package static func result(_ value: Int32) -> Int { value >= 0 ? Int(value) : -Int(errno) }
}
