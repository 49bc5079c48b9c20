// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What one task of a loop was doing when `EventLoop.tasks` looked.
public struct TaskSnapshot: Sendable, Identifiable, CustomStringConvertible {
  /// The state of a task.
  public enum State: String, Sendable {
    /// Created, and not run yet.
    case scheduled
    /// Running, or ready to run; seen from another thread, perhaps also suspended.
    case running
    /// Awaiting something outside this package: a continuation, an actor, a task that others have started.
    case suspended
    /// Waiting in this package: `waitsFor` says what for.
    case waiting
  }

  /// Counts the tasks of the process, in the order they were created.
  public let id: UInt64
  /// The name given at creation.
  public let name: String?
  /// The state of the task.
  public let state: State
  /// What it waits for.
  public let waitsFor: WaitReason
  /// The place in the source that created it: file and line.
  public let createdAt: String

  /// The same task, of which is known that it is neither running nor ready.
  var suspendedElsewhere: TaskSnapshot {
    TaskSnapshot(
      id: id, name: name, state: .suspended, waitsFor: waitsFor, createdAt: createdAt)
  }

  /// For example `task "users" (Fetcher/Fetcher.swift:12) waits for a timer`.
  public var description: String {
    let title = name.map { "task \"\($0)\"" } ?? "task #\(id)"
    let doing =
      switch state {
      case .waiting: "waits for \(waitsFor)"
      case .suspended: "awaits something outside this package (a continuation, an actor, a task)"
      case .scheduled, .running: "is \(state.rawValue)"
      }
    return "\(title) (\(createdAt)) \(doing)"
  }
}
