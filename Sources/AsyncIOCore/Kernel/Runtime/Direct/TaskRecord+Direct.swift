// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  extension TaskRecord {
    /// The record of the running task, which holds it until it ends.
    static var unretainedCurrent: Unmanaged<TaskRecord>? {
      // As `bound.get()`, which takes three times as long.
      taskLocalValue(key)?.load(as: Optional<Unmanaged<TaskRecord>>.self)
    }

    private static let key = unsafeBitCast(bound, to: UInt.self)
    private static let type = unsafeBitCast(TaskRecord?.self, to: UInt.self)

    @usableFromInline
    func bind() {
      // The binding takes the reference over.
      pushTaskLocalValue(Self.key, Unmanaged.passRetained(self), Self.type)
    }

    @usableFromInline
    func unbind() { popTaskLocalValue() }
  }

  /// Runs `body` with the record as a task-local value.
  @inlinable @inline(__always)
  func withBinding<Result>(
    _ record: TaskRecord, _ body: () async -> Result
  ) async -> Result {
    // The two halves of `TaskLocal.withValue`. The binding lies on the task's stack, so they come in pairs, and nest.
    record.bind()
    defer { record.unbind() }
    return await body()
  }

  extension TaskFactory {
    /// Runs a task's body.
    // Not by `perform`: its closure would be a call more, on a path that every task takes.
    @inlinable
    static func run<Success: Sendable>(
      _ record: TaskRecord, _ body: UncheckedOperation<Success>
    ) async throws -> Success {
      record.bind()
      record.beginRun()
      defer {
        record.unbind()
        record.endRun()
      }
      do {
        return try await body.run()
      } catch {
        record.noteFailure(error)
        throw error
      }
    }
  }

  @_silgen_name("asyncio_task_local_value")
  private func taskLocalValue(_ key: UInt) -> UnsafeRawPointer?

  @_silgen_name("asyncio_task_local_push")
  private func pushTaskLocalValue(_ key: UInt, _ value: Unmanaged<TaskRecord>, _ type: UInt)

  @_silgen_name("asyncio_task_local_pop")
  private func popTaskLocalValue()
#endif
