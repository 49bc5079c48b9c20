// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A counter that one thread writes and any thread reads: no locked instruction.
struct SingleWriterCounter: ~Copyable {
  private let value = Atomic<UInt64>(0)

  @inline(__always)
  borrowing func increment() {
    value.store(value.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  borrowing func load() -> UInt64 { value.load(ordering: .relaxed) }
}

/// The counters of a loop, written by its thread.
final class LoopCounters: Sendable {
  let turns = SingleWriterCounter()
  let polls = SingleWriterCounter()
  let wakeups = SingleWriterCounter()
  let slowSteps = SingleWriterCounter()
}
