// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// Memory that belongs to the running task until it is given back, in the reverse order, by the function that asked
  /// for it.
  @usableFromInline
  enum TaskMemory {
    /// At least `byteCount` bytes, at a multiple of 16.
    @usableFromInline
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
      .allocate(byteCount: byteCount, alignment: 16)
    }

    @usableFromInline
    static func deallocate(_ memory: UnsafeMutableRawPointer) { memory.deallocate() }
  }
#endif
