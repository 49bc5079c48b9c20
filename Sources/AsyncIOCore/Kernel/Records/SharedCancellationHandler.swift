// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// How the waits of a task that waits often learn of its cancellation: one handler for all of them, in place
/// of one for each, which costs as much as the suspension it is for.
///
/// One word, which is
///
///     0             for other tasks: their waits ask the runtime
///     task          while it runs: nobody waits for it to be cancelled
///     wait | 1      while it is suspended in a wait
///     wait | 1 | 2  while that wait is being cancelled
///     … | 4         once the task has been cancelled: its later waits ask the runtime, which knows
///
/// Only the task itself begins and ends waits. Its child tasks see the same record, but the word names the
/// task, so theirs go through the runtime.
final class SharedCancellationHandler: Sendable {
  private let state = Atomic<UInt>(0)
  /// What cancels the wait that is under way.
  private let canceller = Canceller()
  /// The runtime's note of the handler.
  private let handle = Atomic<UInt>(0)

  private static let waiting: UInt = 1
  private static let cancelling: UInt = 2
  private static let cancelled: UInt = 4
  private static let flags: UInt = 7

  /// Called by the task, in the function that calls `end`: the handler lies on its stack.
  func begin() {
    state.store(UInt(bitPattern: currentTask()), ordering: .releasing)
    let handler = watchCancellation(Unmanaged.passUnretained(self).toOpaque())
    handle.store(UInt(bitPattern: handler), ordering: .relaxed)
  }

  /// No handler runs afterwards.
  func end() {
    unwatchCancellation(UnsafeRawPointer(bitPattern: handle.load(ordering: .relaxed)))
    state.store(0, ordering: .relaxed)
  }

  /// Has `onCancel` run once the task is cancelled, from whatever thread; false when the running task is
  /// another, or has been cancelled already.
  @inline(__always)
  func watch(_ once: UnsafePointer<OneShot>, _ onCancel: @Sendable () -> Void) -> Bool {
    let task = UInt(bitPattern: currentTask())
    guard state.load(ordering: .acquiring) == task else { return false }
    storeClosure(canceller.address, onCancel)
    return state.compareExchange(
      expected: task, desired: UInt(bitPattern: once) | Self.waiting,
      ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// The wait is over, and so is `onCancel` afterwards.
  @inline(__always)
  func unwatch(_ onCancel: @Sendable () -> Void) {
    keepClosure(onCancel)
    let task = UInt(bitPattern: currentTask())
    var current = state.load(ordering: .acquiring)
    while true {
      if current & Self.cancelling != 0 {
        // Another thread is in the handler.
        Thread.yield()
        current = state.load(ordering: .acquiring)
        continue
      }
      let (isDone, now) = state.compareExchange(
        expected: current, desired: task | current & Self.cancelled,
        ordering: .acquiringAndReleasing)
      if isDone { return }
      current = now
    }
  }

  /// What the handler does: once, from whatever thread.
  fileprivate func cancel() {
    var current = state.load(ordering: .acquiring)
    while true {
      let isWaiting = current & Self.waiting != 0
      let (isMine, now) = state.compareExchange(
        expected: current, desired: current | (isWaiting ? Self.cancelling : Self.cancelled),
        ordering: .acquiringAndReleasing)
      if isMine {
        guard isWaiting else { return }
        callClosure(canceller.address)
        // The task has waited for this.
        return state.store(current | Self.cancelled, ordering: .releasing)
      }
      current = now
    }
  }
}

@_cdecl("asyncio_task_was_cancelled")
func taskWasCancelled(_ cancellation: UnsafeRawPointer) {
  Unmanaged<SharedCancellationHandler>.fromOpaque(cancellation)._withUnsafeGuaranteedRef {
    $0.cancel()
  }
}

/// The two words of a closure.
///
/// Atomics for their fixed address.
private struct Canceller: ~Copyable {
  private let function = Atomic<UInt>(0)
  private let context = Atomic<UInt>(0)

  var address: UnsafeRawPointer { withUnsafePointer(to: self) { UnsafeRawPointer($0) } }
}

// CAsyncIO/task.c.

@_silgen_name("asyncio_task_current")
private func currentTask() -> UnsafeRawPointer?

@_silgen_name("asyncio_task_watch_cancellation")
private func watchCancellation(_ cancellation: UnsafeRawPointer) -> UnsafeRawPointer

@_silgen_name("asyncio_task_unwatch_cancellation")
private func unwatchCancellation(_ handle: UnsafeRawPointer?)

@_silgen_name("asyncio_closure_store")
private func storeClosure(_ place: UnsafeRawPointer, _ closure: @Sendable () -> Void)

@_silgen_name("asyncio_closure_keep")
private func keepClosure(_ closure: @Sendable () -> Void)

@_silgen_name("asyncio_closure_call")
private func callClosure(_ place: UnsafeRawPointer)
