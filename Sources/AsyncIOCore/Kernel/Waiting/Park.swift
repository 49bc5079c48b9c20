// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension Wakeup where Waiter == Parked<Grant> {
  /// Resumes the task.
  ///
  /// Never under a lock.
  @inlinable
  package func deliver() {
    waiter.cell.pointee.outcome = outcome
    OneShot.grant(waiter.once)
  }
}

extension OneShot {
  @usableFromInline
  static func grant(_ once: UnsafePointer<OneShot>) { once.pointee.decide(.granted) }
}

/// Has the task enter a line and suspends it there, until it is granted what it waits for or is cancelled; nil if it need not
/// wait.
///
/// - Parameters:
///   - reason: What the task waits for, shown by `EventLoop.tasks`.
///   - enter: Enters the line under the primitive's lock (`WaitQueue.enter`), or takes what is there and returns nil.
///   - cancel: Leaves the line under the primitive's lock (`WaitQueue.cancel`).
/// - Returns: How the wait ended, or nil.
@inlinable @inline(__always)
package func park<Grant>(
  _ reason: WaitReason,
  enter: (Parked<Grant>) throws -> WaitTicket?,
  cancel: @Sendable (WaitTicket) -> Wakeup<Grant, Parked<Grant>>?
) async rethrows -> Outcome<Grant>? {
  var cell = ParkingCell<Grant>()
  let parked = Parked(&cell)
  guard let ticket = try enter(parked) else { return nil }
  await park(reason, parked.once) { cancel(ticket)?.deliver() }
  return cell.takeOutcome()
}

/// As `park`, for the few waits that must run to their end: taking a lock back before
/// `CancellationError` may leave `AsyncCondition.wait()`, and waiting for children.
@inlinable @inline(__always)
package func parkUncancellably<Grant>(
  _ reason: WaitReason, enter: (Parked<Grant>) -> WaitTicket?
) async -> Outcome<Grant>? {
  var cell = ParkingCell<Grant>()
  let parked = Parked(&cell)
  guard enter(parked) != nil else { return nil }
  await parkUncancellably(reason, parked.once)
  return cell.takeOutcome()
}

/// Suspends the task until `once` is decided; `onCancel` runs when the task is cancelled, at once
/// if it was before.
@usableFromInline @inline(never)
package func park(
  _ reason: WaitReason, _ once: UnsafePointer<OneShot>, onCancel: @Sendable () -> Void
) async {
  let wait = NotedWait(reason)
  let record = addCancellationHandler(onCancel)
  if !once.pointee.isDecided { await OneShot.suspend(until: once) }
  removeCancellationHandler(record, onCancel)
  wait.end()
}

/// As `park`, for the waits of a task that has said that it waits often (`TaskRecord.installSharedCancellationHandler`).
///
/// A function of its own: its frame is larger, and a task that sleeps should need no second piece of stack.
@inline(never)
package func parkWithSharedHandler(
  _ reason: WaitReason, _ once: UnsafePointer<OneShot>, onCancel: @Sendable () -> Void
) async {
  let wait = NotedWait(reason)
  guard wait.watchCancellation(of: once, onCancel) else {
    return await park(reason, once, onCancel: onCancel)
  }
  if !once.pointee.isDecided { await OneShot.suspend(until: once) }
  wait.unwatchCancellation(onCancel)
  wait.end()
}

@usableFromInline @inline(never)
package func parkUncancellably(_ reason: WaitReason, _ once: UnsafePointer<OneShot>) async {
  let wait = NotedWait(reason)
  await OneShot.suspend(until: once)
  wait.end()
}

// The two halves of the standard library's `withTaskCancellationHandler`, which itself costs more
// than the suspension it is for: CAsyncIO/task.c.

@_silgen_name("asyncio_add_cancellation_handler")
private func addCancellationHandler(_ handler: @Sendable () -> Void) -> UnsafeRawPointer

/// The handler is given a second time so that it lives until here.
@_silgen_name("asyncio_remove_cancellation_handler")
private func removeCancellationHandler(
  _ record: UnsafeRawPointer, _ handler: @Sendable () -> Void)
