// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Nothing can ever wake the tasks of a loop again.
///
/// Thrown by `EventLoop.run` when every task waits, no timer is armed, no descriptor is watched, no
/// blocking call is in flight, no code holds the loop open (``EventLoop/hold()``), and the process has no thread but those
/// of this package, which are idle. The tasks are cancelled and awaited first, so that their
/// clean-up runs. As long as there is another thread, nothing is certain: then it is said in the log what is waited for.
///
/// Thrown by ``AsyncLock/lock()``, ``ChildTask/value`` and the end of a scope in the task that closes a circle of tasks
/// each of which waits for the next: for a lock that it holds, or for its end. All others go on.
public struct DeadlockError: Error, CustomStringConvertible {
  /// The tasks that waited, and what for; in a circle, each for the next, and the last for the first.
  public let tasks: [TaskSnapshot]
  /// Whether the tasks wait for one another, and others may go on.
  public let isCircle: Bool

  /// One line a task.
  public var description: String {
    let lines = tasks.map { "\n  \($0)" }.joined()
    return isCircle
      ? "deadlock: each of these tasks waits for the next, and the last for the first:\(lines)"
      : "deadlock: nothing can wake the event loop again; waiting:\(lines)"
  }
}
