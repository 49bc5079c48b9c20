// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A callback with a time.
///
/// Knows its place in the heap, so that it leaves in O(log n).
///
/// Unchecked: everything here belongs to the loop's thread.
@usableFromInline
class TimerNode: LoopStep, @unchecked Sendable {
  /// Set, from any thread, by the code that disarms the timer: arming that is still under way finds out.
  let isDiscarded = Atomic<Bool>(false)
  /// Its place in the heap's table while it is armed, or -1; small, since a sleeping task has one of these.
  final var slot: Int32 = -1

  final var isArmed: Bool { slot >= 0 }

  /// The time has come: called in the order of deadlines, and of arming among equal ones.
  ///
  /// What has to run code of others puts itself into the ready queue here.
  func expire(on loop: EventLoop) { loop.enqueueOnLoop(ReadyEntry(callback: self)) }

  /// The loop ends before the time, `deadline`, has come.
  func abandon(on loop: EventLoop, deadline: Int64) {}

  /// The loop had ended before it could be armed; from any thread.
  func refuse(by loop: EventLoop, deadline: Int64) { abandon(on: loop, deadline: deadline) }
}
