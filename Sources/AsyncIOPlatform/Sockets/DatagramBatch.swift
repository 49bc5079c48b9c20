// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The memory of one recvmmsg(2) or sendmmsg(2), or of a request to a ring for the first of its messages.
///
/// Unchecked: belongs to one call.
package final class DatagramBatch: @unchecked Sendable {
  /// As many as one call takes, UIO_MAXIOV being 1024.
  package static let limit = 256

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
  package convenience init(capacity: Int, size: Int) {
    self.init(capacity: capacity, size: size, bytes: capacity * size, sent: [])
    for index in 0..<capacity {
      pieces[index] = iovec(iov_base: bytes.baseAddress?.advanced(by: index * size), iov_len: size)
      point(index)
    }
  }

  /// Datagrams to send; the arrays stay alive, and with them their bytes, until the call is over.
  ///
  /// Those without a receiver go to the socket's peer.
  package convenience init(
    sending datagrams: ArraySlice<(bytes: [UInt8], receiver: SocketAddress?)>
  ) {
    self.init(capacity: datagrams.count, size: 0, bytes: 0, sent: datagrams.map(\.bytes))
    for (index, datagram) in datagrams.enumerated() {
      if let receiver = datagram.receiver { addresses[index] = SystemSocketAddress(receiver) }
      let memory = sent[index].withUnsafeBytes { $0 }
      pieces[index] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: memory.baseAddress), iov_len: memory.count)
      point(index)
      if datagram.receiver == nil { messages[index].header.msg_namelen = 0 }
    }
  }

  private func point(_ index: Int) {
    messages[index].header.msg_iov = pieces + index
    messages[index].header.msg_iovlen = 1
    // The address is the first field.
    messages[index].header.msg_name = UnsafeMutableRawPointer(addresses + index)
    messages[index].header.msg_namelen = addresses[index].length
  }

  package func receive(_ descriptor: Int32) -> Int {
    Sockets.result(asyncio_receive_datagrams(descriptor, messages, UInt32(capacity)))
  }

  package func send(_ descriptor: Int32) -> Int {
    Sockets.result(asyncio_send_datagrams(descriptor, messages, UInt32(capacity)))
  }

  @Sendable package func prepareReceiving(
    _ ring: OpaquePointer, _ descriptor: Int32, _ request: UInt64
  ) {
    asyncio_ring_receive_message(ring, descriptor, header, request)
  }

  @Sendable package func prepareSending(
    _ ring: OpaquePointer, _ descriptor: Int32, _ request: UInt64
  ) {
    asyncio_ring_send_message(ring, descriptor, header, request)
  }

  private var header: UnsafeMutablePointer<msghdr> {
    // The header is the first field.
    UnsafeMutableRawPointer(messages).assumingMemoryBound(to: msghdr.self)
  }

  /// How long the first datagram is that a request has brought.
  package func setCount(_ count: Int) { messages[0].count = UInt32(count) }

  /// A datagram that was received: its bytes, as many as there was room for; who sent it; and how many it had.
  package func datagram(
    _ index: Int, fallback: SocketAddress
  ) -> (bytes: [UInt8], sender: SocketAddress, fullCount: Int) {
    var sender = addresses[index]
    sender.length = messages[index].header.msg_namelen
    let count = Int(messages[index].count)
    let start = index * size
    return (
      Array(bytes[start..<(start + min(count, size))]), sender.address ?? fallback, count
    )
  }
}
