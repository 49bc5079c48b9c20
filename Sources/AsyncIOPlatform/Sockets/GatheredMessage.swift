// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import CAsyncIO
internal import Glibc

/// The memory of one sendmsg(2) of several buffers, which themselves are its caller's.
///
/// Unchecked: belongs to one call.
package final class GatheredMessage: @unchecked Sendable {
  /// How many pieces one call takes, UIO_MAXIOV.
  package static let pieceLimit = 1024

  package let header: UnsafeMutablePointer<msghdr>
  private let vectors: UnsafeMutablePointer<iovec>

  package init(_ pieces: [UnsafeRawBufferPointer]) {
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
