// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Memory for bytes between the system call that brings them and the array they go to.
///
/// Each loop has one; it is only touched within a step, so nobody shares it.
@usableFromInline
package enum Scratch {
  @inlinable package static var size: Int { 65536 }

  /// Runs `body` with `count` bytes, `size` at the most.
  @inlinable @inline(__always)
  package static func with<Result>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if let loop = EventLoop.current {
      return try body(UnsafeMutableRawBufferPointer(rebasing: loop.scratch[..<count]))
    }
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16, body)
  }
}
