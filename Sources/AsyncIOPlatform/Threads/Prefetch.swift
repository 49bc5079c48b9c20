// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO

/// Has the processor fetch what the loop is about to use while it is still at something else: with many
/// connections, most of what belongs to the next one is in no cache.
///
/// Any address will do: what cannot be fetched is not.
package enum Prefetch {
  /// The first lines of an object.
  @inline(__always)
  package static func object(at address: UInt64) {
    guard let start = UnsafeRawPointer(bitPattern: UInt(address)) else { return }
    asyncio_prefetch(start)
    asyncio_prefetch(start + 64)
    asyncio_prefetch(start + 128)
  }
}
