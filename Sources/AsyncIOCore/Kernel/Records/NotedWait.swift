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

  /// Has `onCancel` run when the task is cancelled; false where that has to be asked of the runtime.
  @inline(__always)
  func watchCancellation(
    of once: UnsafePointer<OneShot>, _ onCancel: @Sendable () -> Void
  ) -> Bool {
    record?._withUnsafeGuaranteedRef { $0.cancellation?.watch(once, onCancel) } ?? false
  }

  /// The handler is given a second time so that it lives until here.
  @inline(__always)
  func unwatchCancellation(_ onCancel: @Sendable () -> Void) {
    record?._withUnsafeGuaranteedRef { $0.cancellation?.unwatch(onCancel) }
  }

  @inline(__always)
  func end() { record?._withUnsafeGuaranteedRef { $0.endWait() } }
}
