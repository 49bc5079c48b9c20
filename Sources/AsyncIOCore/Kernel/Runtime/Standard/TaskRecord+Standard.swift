// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  extension TaskRecord {
    /// The record of the running task, which holds it until it ends.
    static var unretainedCurrent: Unmanaged<TaskRecord>? {
      bound.get().map { .passUnretained($0) }
    }
  }

  /// Runs `body` with the record as a task-local value.
  @usableFromInline
  func withBinding<Result>(
    _ record: TaskRecord, _ body: () async -> Result
  ) async -> Result {
    await TaskRecord.bound.withValue(record) { await body() }
  }

  extension TaskFactory {
    /// Runs a task's body.
    @usableFromInline
    static func run<Success: Sendable>(
      _ record: TaskRecord, _ body: UncheckedOperation<Success>
    ) async throws -> Success {
      try await perform(record) { () async -> Result<Success, any Error> in
        do {
          return .success(try await body.run())
        } catch {
          record.noteFailure(error)
          return .failure(error)
        }
      }.get()
    }
  }
#endif
