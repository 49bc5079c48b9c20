// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The memory of one recvmmsg(2) or sendmmsg(2).
///
/// Unchecked: belongs to one call.
final class DatagramBatch: @unchecked Sendable {
  /// As many as one call takes, UIO_MAXIOV being 1024.
  static let limit = 256

  private let capacity: Int
  private let size: Int
  private let bytes: UnsafeMutableRawBufferPointer
  private let pieces: UnsafeMutablePointer<iovec>
  private let addresses: UnsafeMutablePointer<SystemSocketAddress>
  private let messages: UnsafeMutablePointer<asyncio_datagram>
  private let sent: [[UInt8]]

  private init(capacity: Int, size: Int, bytes: Int, sent: [[UInt8]]) {
    self.capacity = capacity
    self.size = size
    self.sent = sent
    self.bytes = .allocate(byteCount: max(1, bytes), alignment: 16)
    pieces = .allocate(capacity: capacity)
    pieces.initialize(repeating: iovec(), count: capacity)
    addresses = .allocate(capacity: capacity)
    addresses.initialize(repeating: SystemSocketAddress(), count: capacity)
    messages = .allocate(capacity: capacity)
    messages.initialize(repeating: asyncio_datagram(), count: capacity)
  }

  deinit {
    bytes.deallocate()
    pieces.deallocate()
    addresses.deallocate()
    messages.deallocate()
  }

  /// Room for `capacity` datagrams of `size` bytes.
  convenience init(capacity: Int, size: Int) {
    self.init(capacity: capacity, size: size, bytes: capacity * size, sent: [])
    for index in 0..<capacity {
      pieces[index] = iovec(iov_base: bytes.baseAddress?.advanced(by: index * size), iov_len: size)
      point(index)
    }
  }

  /// Datagrams to send; the arrays stay alive, and with them their bytes, until the call is over.
  convenience init(sending datagrams: ArraySlice<(bytes: [UInt8], receiver: SocketAddress)>) {
    self.init(capacity: datagrams.count, size: 0, bytes: 0, sent: datagrams.map(\.bytes))
    for (index, datagram) in datagrams.enumerated() {
      addresses[index] = SystemSocketAddress(datagram.receiver)
      let memory = sent[index].withUnsafeBytes { $0 }
      pieces[index] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: memory.baseAddress), iov_len: memory.count)
      point(index)
    }
  }

  private func point(_ index: Int) {
    messages[index].header.msg_iov = pieces + index
    messages[index].header.msg_iovlen = 1
    // The address is the first field.
    messages[index].header.msg_name = UnsafeMutableRawPointer(addresses + index)
    messages[index].header.msg_namelen = addresses[index].length
  }

  func receive(_ descriptor: Int32) -> Int {
    Sockets.result(asyncio_receive_datagrams(descriptor, messages, UInt32(capacity)))
  }

  func send(_ descriptor: Int32) -> Int {
    Sockets.result(asyncio_send_datagrams(descriptor, messages, UInt32(capacity)))
  }

  func datagram(_ index: Int, fallback: SocketAddress) -> UDPSocket.Datagram {
    var sender = addresses[index]
    sender.length = messages[index].header.msg_namelen
    let count = Int(messages[index].count)
    let start = index * size
    return UDPSocket.Datagram(
      bytes: Array(bytes[start..<(start + min(count, size))]), sender: sender.address ?? fallback,
      fullCount: count)
  }
}
