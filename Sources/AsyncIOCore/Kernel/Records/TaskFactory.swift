// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Starts a task on its loop, in the loop's list, with its record as a task-local value.
///
/// Children of `gather` and its kin are started by `ChildGroup` and `SequenceRun`, which keep them in a table of their own.
@usableFromInline
package enum TaskFactory {
  /// Starts a task; `eager` runs the operation at once, up to its first suspension.
  @inlinable
  package static func start<Success: Sendable>(
    label: TaskLabel, site: SourceSite, priority: TaskPriority? = nil, on loop: EventLoop,
    eager: Bool = false, _ traits: TaskTraits,
    _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    let record = TaskRecord(label: label, site: site, loop: loop, traits)
    let body = UncheckedOperation(operation)
    let task: Task<Success, any Error>
    if eager {
      task = startAtOnce(record, label, priority, body)
    } else if let executor = loop.preferredExecutor {
      task = Task(name: label.given, executorPreference: executor, priority: priority) {
        try await run(record, body)
      }
    } else {
      // Not the same with a preference of nil: the runtime would look it up at each switch.
      task = Task(name: label.given, priority: priority) { try await run(record, body) }
    }
    record.join(ErasedTask(task))
    return task
  }

  @inlinable
  static func startAtOnce<Success: Sendable>(
    _ record: TaskRecord, _ label: TaskLabel, _ priority: TaskPriority?,
    _ body: UncheckedOperation<Success>
  ) -> Task<Success, any Error> {
    let task: Task<Success, any Error>
    if let executor = record.loop.preferredExecutor {
      task = Task.immediate(
        name: label.given, priority: priority, executorPreference: executor
      ) {
        try await run(record, body)
      }
    } else {
      task = Task.immediate(name: label.given, priority: priority) {
        try await run(record, body)
      }
    }
    // The task has had the step, which is the creator's again.
    TaskRecord.noteRunningAgain()
    return task
  }
}
