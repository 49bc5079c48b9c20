// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Starts every task of the package: on its loop, in the loop's list, with its record as a
/// task-local value.
enum TaskFactory {
  /// Starts a task.
  ///
  /// - `eager`: Runs the operation at once, up to its first suspension.
  /// - `reportsError`: Logs an error that nobody retrieves. Off for tasks whose errors the package
  ///   itself collects.
  /// - `isStructured`: The creator awaits the task on every way out, so it survives the end of the
  ///   run if its creator does.
  /// - `survivesShutdown`: The end of the run does not cancel the task, only awaits it.
  static func start<Success: Sendable>(
    name: String?, site: SourceSite, priority: TaskPriority? = nil, on loop: EventLoop,
    eager: Bool = false, reportsError: Bool = true, isStructured: Bool = false,
    survivesShutdown: Bool = false,
    _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    let parent = TaskRecord.current
    let record = TaskRecord(
      name: name, site: site, loop: loop,
      survivesShutdown: survivesShutdown || isStructured && parent?.survivesShutdown == true)
    let body = Unchecked(operation)
    let task: Task<Success, any Error>
    if eager {
      task = Task.immediate(
        name: name, priority: priority, executorPreference: loop.preferredExecutor
      ) {
        try await run(record, reportsError: reportsError, body.value)
      }
      // The step is the creator's again.
      if let parent { loop.noteRunning(parent) }
    } else {
      task = Task(name: name, executorPreference: loop.preferredExecutor, priority: priority) {
        try await run(record, reportsError: reportsError, body.value)
      }
    }
    let mustCancel = loop.registry.withLock { $0.add(record, handle: ErasedTask(task)) }
    if mustCancel { task.cancel() }
    return task
  }

  private static func run<Success: Sendable>(
    _ record: TaskRecord, reportsError: Bool,
    _ operation: @isolated(any) () async throws -> Success
  ) async throws -> Success {
    record.beginRun()
    defer { record.loop.noteFinished(record) }
    do {
      return try await TaskRecord.$current.withValue(record) { try await operation() }
    } catch {
      if reportsError, !(error is CancellationError) {
        withUnsafeCurrentTask { task in
          guard let task else { return }
          UnretrievedErrors.add(ErasedTask(task), record: record, error: error)
        }
      }
      throw error
    }
  }
}
