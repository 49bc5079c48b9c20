// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Memory for bytes between the system call that brings them and the array they go to.
///
/// Each loop has one; it is only touched within a step, so it is not shared.
@usableFromInline
package enum Scratch {
  @inlinable package static var size: Int { 65536 }

  /// Runs `body` with `count` bytes, `size` at the most.
  @inlinable @inline(__always)
  package static func with<Result>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if let loop = EventLoop.current, !loop.isScratchLent {
      return try body(UnsafeMutableRawBufferPointer(rebasing: loop.scratch[..<count]))
    }
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16, body)
  }

  /// Runs code of a user that may have been lent the loop's memory: what it reads meanwhile goes elsewhere.
  package static func lending<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let loop = EventLoop.current else { return try body() }
    let wasLent = loop.isScratchLent
    loop.isScratchLent = true
    defer { loop.isScratchLent = wasLent }
    return try body()
  }
}
