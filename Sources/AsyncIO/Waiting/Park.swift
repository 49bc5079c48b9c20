// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A suspended task: the waiter of every line in the package.
typealias Parked<Grant> = UnsafeContinuation<Delivery<Grant>, Never>

/// An outcome on its way to the task it is for.
///
/// Unchecked: it changes hands once, from whoever decided to the task that waited.
struct Delivery<Grant>: @unchecked Sendable {
  let outcome: Outcome<Grant>
}

extension Wakeup where Waiter == Parked<Grant> {
  /// Resumes the task.
  ///
  /// Never under a lock.
  func deliver() { waiter.resume(returning: Delivery(outcome: outcome)) }
}

/// Suspends the task at the place it has taken in a line, until it is granted what it waits for or
/// its task is cancelled.
///
/// The race between the two is decided in `WaitQueue`, and written nowhere else.
///
/// - `reason`: What the task waits for, shown by `EventLoop.tasks`.
/// - `install`: Parks the continuation under the primitive's lock (`WaitQueue.park`).
/// - `cancel`: Leaves the line under the primitive's lock (`WaitQueue.cancel`).
func park<Grant>(
  _ reason: WaitReason,
  install: (Parked<Grant>) -> Outcome<Grant>?,
  cancel: @Sendable () -> Wakeup<Grant, Parked<Grant>>?
) async -> Outcome<Grant> {
  let record = TaskRecord.current
  record?.beginWait(reason)
  let delivery = await withTaskCancellationHandler {
    await withUnsafeContinuation { (continuation: Parked<Grant>) in
      if let outcome = install(continuation) {
        continuation.resume(returning: Delivery(outcome: outcome))
      }
    }
  } onCancel: {
    cancel()?.deliver()
  }
  record?.endWait()
  return delivery.outcome
}

/// As `park`, for the few waits that must run to their end: taking a lock back before
/// `CancellationError` may leave `AsyncCondition.wait()`, and waiting for children.
func parkUncancellably<Grant>(
  _ reason: WaitReason, install: (Parked<Grant>) -> Outcome<Grant>?
) async -> Outcome<Grant> {
  let record = TaskRecord.current
  record?.beginWait(reason)
  let delivery = await withUnsafeContinuation { (continuation: Parked<Grant>) in
    if let outcome = install(continuation) {
      continuation.resume(returning: Delivery(outcome: outcome))
    }
  }
  record?.endWait()
  return delivery.outcome
}
