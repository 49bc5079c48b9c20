// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import CAsyncIO

/// A mutex, at an address that stays the same.
///
/// The word's change from free to held, and back, is made where the lock is taken, in other modules too; what has to wait is C's.
@usableFromInline
package struct PlatformMutex {
  @usableFromInline var word: UInt32 = 0

  @inlinable
  package init() {}

  @inlinable @inline(__always)
  package static func lock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    asyncio_mutex_lock(word(pointer))
  }

  package static func spinAndLock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    for _ in 0..<100 {
      if asyncio_mutex_try_lock(word(pointer)) { return }
      asyncio_relax_processor()
    }
    asyncio_mutex_lock(word(pointer))
  }

  @inlinable @inline(__always)
  package static func unlock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    asyncio_mutex_unlock(word(pointer))
  }

  // The word is the only thing there is, so it has the structure's address.
  @inlinable @inline(__always)
  static func word(
    _ pointer: UnsafeMutablePointer<PlatformMutex>
  ) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt32.self)
  }
}
