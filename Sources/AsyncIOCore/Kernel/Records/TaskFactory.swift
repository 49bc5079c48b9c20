// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Starts every task of the package: on its loop, in the loop's list, with its record as a
/// task-local value.
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

  @inlinable
  static func run<Success: Sendable>(
    _ record: TaskRecord, _ body: UncheckedOperation<Success>
  ) async throws -> Success {
    record.beginRun()
    defer { record.endRun() }
    do {
      return try await body.run()
    } catch {
      record.noteFailure(error)
      throw error
    }
  }
}

/// What a task is called in messages.
@usableFromInline
package enum TaskLabel {
  case none
  /// In a box: few tasks have a name, and all have room for a label.
  indirect case given(String)
  /// One of many: its name is put together only when somebody asks.
  case member(FamilyVerb, Int32)

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

/// The function that started a child as one of many.
@usableFromInline
package enum FamilyVerb: String, Sendable {
  case gather, gatherResults, race, asCompleted
}
