// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  /// Memory that belongs to the running task until it is given back, in the reverse order, by the function that asked
  /// for it.
  ///
  /// It comes from the task's own allocator, as the frames of its functions do.
  @usableFromInline
  enum TaskMemory {
    /// At least `byteCount` bytes, at a multiple of 16.
    @usableFromInline
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
      allocateTaskMemory(byteCount)
    }

    @usableFromInline
    static func deallocate(_ memory: UnsafeMutableRawPointer) { deallocateTaskMemory(memory) }
  }

  @_silgen_name("asyncio_task_alloc")
  private func allocateTaskMemory(_ byteCount: Int) -> UnsafeMutableRawPointer

  @_silgen_name("asyncio_task_dealloc")
  private func deallocateTaskMemory(_ memory: UnsafeMutableRawPointer)
#endif
