// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import CAsyncIO
internal import Glibc
internal import Synchronization

/// What a ring does for a socket that cannot take bytes at once: the kernel sends them as there is room, all of
/// them, and the task is resumed once.
extension SocketTransport {
  func sending(_ start: UnsafeRawPointer, _ count: Int, by descriptor: Int32) -> RingOperation {
    let (memory, count) = (UncheckedSendable(start), UInt32(min(count, Self.largestRequest)))
    return RingOperation(.transfer) {
      asyncio_ring_send($0, descriptor, memory.value, count, false, $1)
    }
  }

  func sending(_ pieces: [UnsafeRawBufferPointer], by descriptor: Int32) -> RingOperation {
    let message = GatheredMessage(pieces)
    return RingOperation(.transfer) {
      asyncio_ring_send_message($0, descriptor, message.header, $1)
    }
  }

  // MARK: Without a copy

  /// From this size on it takes less time to have the network card read the bytes where they are than to copy
  /// them: with 60,000 bytes 0.93 of the time if they are in the processor's cache, and half if they are not
  /// (docs/decisions/0015).
  static let worthNoCopy = 65536

  /// Sends bytes of an array from `start` on, which the kernel reads where they are, also after this has
  /// returned; nil where that cannot be done.
  func sendWithoutCopy(_ bytes: [UInt8], from start: Int) async throws -> Int? {
    do {
      return try await request("send", .write) { ZeroCopySend(copying, $0, bytes, from: start) }
    } catch let error as SystemError where Self.noZeroCopyCodes.contains(error.errno) {
      omitsCopies = false
      return nil
    }
  }

  /// The kernel cannot do it, this socket cannot, or there is no memory that may be locked.
  private static let noZeroCopyCodes: Set<Int32> = [EINVAL, EOPNOTSUPP, ENOMEM, ENOBUFS]

  fileprivate static let largestRequest = 1 << 30
}

/// A send that the kernel takes from the memory of an array, and an array that stays until the peer has
/// confirmed it.
///
/// What the task that owns the array writes to it meanwhile goes to a copy, as with every second reference.
///
/// Unchecked: nothing changes.
private final class ZeroCopySend: RingOperation, @unchecked Sendable {
  private let copying: Copying
  private let bytes: [UInt8]

  init(_ copying: Copying, _ descriptor: Int32, _ bytes: [UInt8], from start: Int) {
    self.copying = copying
    self.bytes = bytes
    let rest = UncheckedSendable(
      bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[start...]) })
    super.init(.transfer) { ring, request in
      guard let memory = rest.value.baseAddress else { return }
      let count = UInt32(min(rest.value.count, SocketTransport.largestRequest))
      asyncio_ring_send(ring, descriptor, memory, count, true, request)
    }
  }

  override func released(wasCopied: Bool) {
    // As on the loopback device, and with cards that cannot gather: to copy at once is cheaper.
    if wasCopied { copying.isNeeded.store(true, ordering: .relaxed) }
  }
}
