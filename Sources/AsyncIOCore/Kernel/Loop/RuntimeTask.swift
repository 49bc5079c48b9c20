// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the runtime knows of a task.
enum RuntimeTask {
  /// The number the runtime gave to a task; it gives each only once.
  static func number(of task: UnsafeCurrentTask) -> UInt64 {
    taskNumber(unsafeBitCast(task, to: UnsafeRawPointer.self))
  }

  static func number(of task: ErasedTask) -> UInt64 {
    taskNumber(unsafeBitCast(task.task, to: UnsafeRawPointer.self))
  }
}

// The function behind `ExecutorJob.description`.
@_silgen_name("swift_task_getJobTaskId")
private func taskNumber(_ job: UnsafeRawPointer) -> UInt64
