// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// What a ring does for a socket that cannot take bytes at once: the kernel sends them as there is room, all of
/// them, and the task is resumed once.
extension SocketTransport {
  func sendByRing(_ bytes: UnsafeRawBufferPointer) async throws -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    let (memory, count) = (Unchecked(start), UInt32(min(bytes.count, Self.largestRequest)))
    return try await noting {
      try await request("send") { asyncio_ring_send($0, $1, memory.value, count, false, $2) }
    }
  }

  func sendByRing(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int {
    let message = GatheredMessage(pieces)
    return try await noting {
      try await request("sendmsg") { asyncio_ring_send_message($0, $1, message.header, $2) }
    }
  }

  private static let largestRequest = 1 << 30

  /// When something could be sent, the next write is worth a try.
  private func noting(_ send: () async throws -> Int) async throws -> Int {
    let count = try await send()
    _ = writing.note(isFinal: false)
    return count
  }
}

/// The memory of one sendmsg(2) of several buffers, which themselves are its caller's.
///
/// Unchecked: belongs to one call.
final class GatheredMessage: @unchecked Sendable {
  /// How many pieces one call takes, UIO_MAXIOV.
  static let pieceLimit = 1024

  let header: UnsafeMutablePointer<msghdr>
  private let vectors: UnsafeMutablePointer<iovec>

  init(_ pieces: [UnsafeRawBufferPointer]) {
    let count = min(pieces.count, Self.pieceLimit)
    vectors = .allocate(capacity: count)
    for (index, piece) in pieces.prefix(count).enumerated() {
      let start = UnsafeMutableRawPointer(mutating: piece.baseAddress)
      (vectors + index).initialize(to: iovec(iov_base: start, iov_len: piece.count))
    }
    header = .allocate(capacity: 1)
    header.initialize(to: msghdr())
    header.pointee.msg_iov = vectors
    header.pointee.msg_iovlen = count
  }

  deinit {
    header.deallocate()
    vectors.deallocate()
  }
}
