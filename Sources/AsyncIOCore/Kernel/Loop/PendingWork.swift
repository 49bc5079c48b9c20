// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import Synchronization

/// What is under way for a loop besides its ready tasks and its timers.
///
/// The one place that knows what each kind of work means for the loop's decisions:
///
/// | Kind | may wake a task | stops virtual time | delays the end of a run | the kernel is asked |
/// | --- | --- | --- | --- | --- |
/// | `hold` | yes | yes | no | no |
/// | `blockingCall` | yes | yes | yes | no |
/// | `ringCall` | yes | yes | yes | yes |
/// | `interruptibleRingCall` | yes | yes | no | yes |
/// | `transfer` | yes | no | no | yes |
/// | `wait` | yes | no | no | no |
/// | `watch` | no | no | no | yes |
///
/// May be used from any thread.
@usableFromInline
package final class PendingWork: Sendable {
  @usableFromInline
  package enum Kind: Sendable {
    /// `EventLoop.hold()`: code that the loop does not know of will call.
    case hold
    /// A blocking call, from when it is asked for to its end.
    case blockingCall
    /// A request to the ring that is awaited to its end, such as a read of a file.
    case ringCall
    /// A request to the ring that ends with its task, or with the run.
    case interruptibleRingCall
    /// A task that waits for a peer by a request of its own.
    case transfer
    /// A task that waits for a report on a watched descriptor, or for a signal.
    case wait
    /// A descriptor that the kernel reports on.
    case watch
  }

  @usableFromInline let calls = Atomic<Int>(0)
  @usableFromInline let unfinished = Atomic<Int>(0)
  @usableFromInline let waits = Atomic<Int>(0)
  @usableFromInline let watches = Atomic<Int>(0)
  @usableFromInline let callsAtThreads = Atomic<Int>(0)

  // MARK: Decisions

  /// Whether something that the loop knows of may make a task ready.
  var mayWakeTask: Bool {
    waits.load(ordering: .acquiring) > 0 || stopsVirtualTime
  }

  /// Whether virtual time has to stand still: what is under way takes real time.
  var stopsVirtualTime: Bool { calls.load(ordering: .acquiring) > 0 }

  /// Whether a run has to wait with its end.
  var delaysEnd: Bool { unfinished.load(ordering: .acquiring) > 0 }

  /// Whether the operating system has to be asked, now and then, what is ready.
  var needsPolling: Bool { watches.load(ordering: .relaxed) > 0 }

  /// Whether a thread is at work on a call, and likely to be back soon.
  var hasCallAtThread: Bool { callsAtThreads.load(ordering: .relaxed) > 0 }

  // MARK: Counting

  @inlinable @inline(__always)
  package func begin(_ kind: Kind) {
    countCall(kind, 1)
    countUnfinished(kind, 1)
    countWatch(kind, 1)
  }

  // In this order: work that delays the end of a run may wake a task until it is over.
  @inlinable @inline(__always)
  package func end(_ kind: Kind) {
    countUnfinished(kind, -1)
    countCall(kind, -1)
    countWatch(kind, -1)
  }

  func beginCallAtThread() { callsAtThreads.wrappingAdd(1, ordering: .relaxed) }

  func endCallAtThread() { callsAtThreads.wrappingSubtract(1, ordering: .relaxed) }

  @inlinable @inline(__always)
  func countCall(_ kind: Kind, _ change: Int) {
    switch kind {
    case .hold, .blockingCall, .ringCall, .interruptibleRingCall:
      calls.wrappingAdd(change, ordering: .acquiringAndReleasing)
    case .transfer, .wait: waits.wrappingAdd(change, ordering: .relaxed)
    case .watch: break
    }
  }

  @inlinable @inline(__always)
  func countUnfinished(_ kind: Kind, _ change: Int) {
    switch kind {
    case .blockingCall, .ringCall: unfinished.wrappingAdd(change, ordering: .acquiringAndReleasing)
    case .hold, .interruptibleRingCall, .transfer, .wait, .watch: break
    }
  }

  @inlinable @inline(__always)
  func countWatch(_ kind: Kind, _ change: Int) {
    switch kind {
    case .ringCall, .interruptibleRingCall, .transfer, .watch:
      watches.wrappingAdd(change, ordering: .relaxed)
    case .hold, .blockingCall, .wait: break
    }
  }
}
