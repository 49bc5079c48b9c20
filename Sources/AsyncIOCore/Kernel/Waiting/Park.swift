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
  let parked = Parked<Grant>()
  defer { parked.deallocate() }
  guard let ticket = try enter(parked) else { return nil }
  await park(reason, parked.once) { cancel(ticket)?.deliver() }
  return parked.takeOutcome()
}

/// As `park`, for the few waits that must run to their end: taking a lock back before
/// `CancellationError` may leave `AsyncCondition.wait()`, and waiting for children.
@inlinable @inline(__always)
package func parkUncancellably<Grant>(
  _ reason: WaitReason, enter: (Parked<Grant>) -> WaitTicket?
) async -> Outcome<Grant>? {
  let parked = Parked<Grant>()
  defer { parked.deallocate() }
  guard enter(parked) != nil else { return nil }
  await parkUncancellably(reason, parked.once)
  return parked.takeOutcome()
}

/// Suspends the task until `once` is decided; `onCancel` runs when the task is cancelled, at once
/// if it was before.
@usableFromInline @inline(never)
package func park(
  _ reason: WaitReason, _ once: UnsafePointer<OneShot>, onCancel: @Sendable () -> Void
) async {
  let wait = NotedWait(reason)
  await OneShot.suspend(until: once, onCancel: onCancel)
  wait.end()
}

@usableFromInline @inline(never)
package func parkUncancellably(_ reason: WaitReason, _ once: UnsafePointer<OneShot>) async {
  let wait = NotedWait(reason)
  await OneShot.suspend(until: once)
  wait.end()
}
