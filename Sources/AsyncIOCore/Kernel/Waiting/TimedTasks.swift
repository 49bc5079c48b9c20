// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bodies of timeouts of tasks that have no record to note them in.
enum TimedTasks {
  private static let tasks = Guarded<Set<TaskIdentity>>([])

  static func add(_ task: TaskIdentity) { tasks.withLock { _ = $0.insert(task) } }
  static func remove(_ task: TaskIdentity) { tasks.withLock { _ = $0.remove(task) } }
  static func contains(_ task: TaskIdentity) -> Bool { tasks.withLock { $0.contains(task) } }
}
