// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A task that waits in a line: the waiter of every line in the package.
///
/// Points to where its outcome is to be left, which is in the waiting function's own frame: a wait allocates
/// nothing.
///
/// Unchecked: the outcome is written once, by whoever takes the waiter out of its line, before the
/// wait is decided; the task reads it afterwards.
@usableFromInline
package struct Parked<Grant>: @unchecked Sendable {
  @usableFromInline let cell: UnsafeMutablePointer<ParkingCell<Grant>>

  /// The cell has to live, and is not to be touched by its owner, until the wait is over.
  @inlinable
  init(_ cell: inout ParkingCell<Grant>) {
    // A cell has atomics in it, so the compiler keeps it in memory, at one address; its later use keeps it in the
    // frame. The language promises neither for a variable: to be looked at again with a new compiler.
    self.cell = withUnsafeMutablePointer(to: &cell) { $0 }
  }

  @inlinable
  var once: UnsafePointer<OneShot> {
    // The first field has the address of the whole.
    UnsafePointer(UnsafeMutableRawPointer(cell).assumingMemoryBound(to: OneShot.self))
  }
}

@usableFromInline
package struct ParkingCell<Grant>: ~Copyable {
  @usableFromInline let once = OneShot()
  @usableFromInline var outcome: Outcome<Grant>?

  @inlinable
  init() {}

  /// What was decided, after the wait.
  @inlinable
  mutating func takeOutcome() -> Outcome<Grant> { outcome.take() ?? .cancelled }
}

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

/// Suspends the task at the place it has taken in a line, until it is granted what it waits for or
/// its task is cancelled.
///
/// The race between the two is decided in `WaitQueue`, and written nowhere else.
///
/// - `reason`: What the task waits for, shown by `EventLoop.tasks`.
/// - `install`: Parks the waiter under the primitive's lock (`WaitQueue.park`).
/// - `cancel`: Leaves the line under the primitive's lock (`WaitQueue.cancel`).
@inlinable @inline(__always)
package func park<Grant>(
  _ reason: WaitReason,
  install: (Parked<Grant>) -> Outcome<Grant>?,
  cancel: @Sendable () -> Wakeup<Grant, Parked<Grant>>?
) async -> Outcome<Grant> {
  var cell = ParkingCell<Grant>()
  let parked = Parked(&cell)
  if let outcome = install(parked) { return outcome }
  await park(reason, parked.once) { cancel()?.deliver() }
  return cell.takeOutcome()
}

/// As `park`, for the few waits that must run to their end: taking a lock back before
/// `CancellationError` may leave `AsyncCondition.wait()`, and waiting for children.
@inlinable @inline(__always)
package func parkUncancellably<Grant>(
  _ reason: WaitReason, install: (Parked<Grant>) -> Outcome<Grant>?
) async -> Outcome<Grant> {
  var cell = ParkingCell<Grant>()
  let parked = Parked(&cell)
  if let outcome = install(parked) { return outcome }
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

/// As `park`, for the waits of a task that has said that it waits often (`TaskRecord.beginWaitingOften`).
///
/// A function of its own: its frame is larger, and a task that sleeps should need no second piece of stack.
@inline(never)
package func parkOften(
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
