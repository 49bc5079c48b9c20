// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Starts every task of the package: on its loop, in the loop's list, with its record as a
/// task-local value.
@usableFromInline
enum TaskFactory {
  /// Starts a task.
  ///
  /// - `eager`: Runs the operation at once, up to its first suspension.
  /// - `reportsError`: Logs an error that nobody retrieves. Off for tasks whose errors the package
  ///   itself collects.
  /// - `isStructured`: The creator awaits the task on every way out, so it survives the end of the
  ///   run if its creator does.
  /// - `survivesShutdown`: The end of the run does not cancel the task, only awaits it.
  @inlinable
  static func start<Success: Sendable>(
    label: TaskLabel, site: SourceSite, priority: TaskPriority? = nil, on loop: EventLoop,
    eager: Bool = false, reportsError: Bool = true, isStructured: Bool = false,
    survivesShutdown: Bool = false,
    _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> Task<Success, any Error> {
    let record = TaskRecord(
      label: label, site: site, loop: loop, isStructured: isStructured,
      survivesShutdown: survivesShutdown)
    let body = Unchecked(operation)
    let task: Task<Success, any Error>
    if eager {
      task = startAtOnce(record, label, priority, reportsError, body)
    } else if let executor = loop.preferredExecutor {
      task = Task(name: label.given, executorPreference: executor, priority: priority) {
        try await run(record, reportsError: reportsError, body)
      }
    } else {
      // Not the same with a preference of nil: the runtime would look it up at each switch.
      task = Task(name: label.given, priority: priority) {
        try await run(record, reportsError: reportsError, body)
      }
    }
    record.join(ErasedTask(task))
    return task
  }

  @inlinable
  static func startAtOnce<Success: Sendable>(
    _ record: TaskRecord, _ label: TaskLabel, _ priority: TaskPriority?, _ reportsError: Bool,
    _ body: Unchecked<@isolated(any) () async throws -> Success>
  ) -> Task<Success, any Error> {
    let task: Task<Success, any Error>
    if let executor = record.loop.preferredExecutor {
      task = Task.immediate(
        name: label.given, priority: priority, executorPreference: executor
      ) {
        try await run(record, reportsError: reportsError, body)
      }
    } else {
      task = Task.immediate(name: label.given, priority: priority) {
        try await run(record, reportsError: reportsError, body)
      }
    }
    // The task has had the step, which is the creator's again.
    TaskRecord.noteRunningAgain()
    return task
  }

  @inlinable
  static func run<Success: Sendable>(
    _ record: TaskRecord, reportsError: Bool,
    _ body: Unchecked<@isolated(any) () async throws -> Success>
  ) async throws -> Success {
    record.beginRun()
    defer { record.endRun() }
    do {
      return try await body.value()
    } catch {
      if reportsError { record.noteUnretrieved(error) }
      throw error
    }
  }
}

/// What a task is called in messages.
@usableFromInline
enum TaskLabel {
  case none
  case given(String)
  /// One of many: its name is put together only when somebody asks.
  case member(StaticString, Int)

  @inlinable
  init(_ name: String?) { self = name.map { .given($0) } ?? .none }

  @inlinable
  var given: String? {
    if case .given(let name) = self { name } else { nil }
  }

  var text: String? {
    switch self {
    case .none: nil
    case .given(let name): name
    case .member(let verb, let index): "\(verb)[\(index)]"
    }
  }
}
