// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A counter that one thread writes and any thread reads: no locked instruction.
package struct SingleWriterCounter: ~Copyable {
  private let value = Atomic<UInt64>(0)

  @inline(__always)
  borrowing func increment() {
    value.store(value.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  package borrowing func load() -> UInt64 { value.load(ordering: .relaxed) }
}
