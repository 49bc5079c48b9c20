// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A wait that is noted in the running task's record while it lasts, if the task has one.
struct NotedWait {
  // Not retained: the task has its record until it ends.
  private let record: Unmanaged<TaskRecord>?

  @inline(__always)
  init(_ reason: WaitReason) {
    record = TaskRecord.unretainedCurrent
    record?._withUnsafeGuaranteedRef { $0.beginWait(reason) }
  }

  @inline(__always)
  func end() { record?._withUnsafeGuaranteedRef { $0.endWait() } }
}
