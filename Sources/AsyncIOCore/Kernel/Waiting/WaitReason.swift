// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a task waits for: shown by `EventLoop.tasks` and by `DeadlockError`.
public enum WaitReason: UInt8, Sendable, CustomStringConvertible {
  /// The task does not wait in this package: it runs, is ready to run, or awaits something else.
  case nothing
  /// A time.
  case sleep
  /// A permit of an `AsyncSemaphore`.
  case semaphore
  /// An `AsyncLock`.
  case lock
  /// An `AsyncEvent` to be set.
  case event
  /// An `AsyncCondition` to be notified.
  case condition
  /// The other parties of an `AsyncBarrier`.
  case barrier
  /// An item of a queue.
  case queueItem
  /// Room in a queue.
  case queueRoom
  /// The items of a queue to be done.
  case queueJoin
  /// The children of a scope, a `gather` or a `race`.
  case children
  /// Other tasks, in `wait(for:)`.
  case tasks
  /// A thread of the blocking pool.
  case thread
  /// A descriptor to become readable.
  case readable
  /// A descriptor to become writable.
  case writable
  /// Work outside the loop to end, such as a shielded body or a transfer.
  case completion

  /// A few words, as in "waits for a permit of a semaphore".
  public var description: String {
    switch self {
    case .nothing: "nothing"
    case .sleep: "a timer"
    case .semaphore: "a permit of a semaphore"
    case .lock: "a lock"
    case .event: "an event"
    case .condition: "a condition"
    case .barrier: "a barrier"
    case .queueItem: "an item of a queue"
    case .queueRoom: "room in a queue"
    case .queueJoin: "a queue to be joined"
    case .children: "its children"
    case .tasks: "other tasks"
    case .thread: "a thread of the blocking pool"
    case .readable: "a descriptor to be readable"
    case .writable: "a descriptor to be writable"
    case .completion: "work outside the loop"
    }
  }
}
