// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Starts a task on the current loop.
///
/// Python's `create_task`.
///
/// The task starts soon, not at once, and runs beside the caller; `await task.value` gives its
/// result. The loop keeps it until it ends: it need not be stored. When `EventLoop.run` ends, tasks
/// still running are cancelled and awaited. An error that is not retrieved from the task is logged
/// with its name and the place that created it.
///
/// The closure has the caller's actor isolation, so `@MainActor` code may touch its own state in
/// it.
///
/// ```swift
/// let users = createTask(name: "users") { try await fetch("/users") }
/// let orders = createTask(name: "orders") { try await fetch("/orders") }
/// show(try await users.value, try await orders.value)
/// ```
///
/// - Parameters:
///   - name: Shown in messages and by `EventLoop.tasks`.
///   - priority: The task's priority; the loop itself serves all priorities in order.
///   - eager: Runs the task at once, up to its first suspension, before this function returns.
///
/// Returns: The task. Cancelling it is up to its owner.
@inlinable @discardableResult
public func createTask<Success: Sendable>(
  name: String? = nil, priority: TaskPriority? = nil, eager: Bool = false,
  file: StaticString = #fileID, line: UInt = #line,
  @_inheritActorContext _ operation: sending @escaping @isolated(any) () async throws -> Success
) -> Task<Success, any Error> {
  TaskFactory.start(
    label: TaskLabel(name), site: SourceSite(file, line), priority: priority, on: .ambient,
    eager: eager, .reportsError, operation)
}
