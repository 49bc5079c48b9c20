// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Lets tasks that hold a lock wait until another task has changed something.
///
/// Python's `Condition`.
///
/// ```swift
/// let condition = AsyncCondition()
/// try await condition.withLock {
///   try await condition.wait(until: { !items.isEmpty })
///   use(items.removeFirst())
/// }
/// ```
///
/// Notifications go to waiting tasks in the order they came. May be used from any task and thread.
public final class AsyncCondition: Sendable {
  /// The lock that guards what the condition is about.
  public let lock: AsyncLock
  private let line = Guarded(WaitQueue<Void, Void, Parked<Void>>())

  /// Makes a condition with a lock of its own, or one that several conditions share.
  public init(lock: AsyncLock = AsyncLock()) { self.lock = lock }

  /// Runs `body` with the lock, which is unlocked on every exit.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it has the lock.
  @inlinable @discardableResult
  public func withLock<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    try await lock.withLock(isolation: isolation, body)
  }

  /// Gives up the lock, waits for a notification, and takes the lock again.
  ///
  /// The caller must hold the lock; traps when no task does.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on. It
  /// holds the lock again by then, so `withLock` unlocks rightly; a notification that came in the
  /// same moment is passed on to the next task.
  ///
  /// - Throws: `CancellationError`.
  public func wait() async throws(CancellationError) {
    require(lock.isLocked, "AsyncCondition: wait() without the lock")
    if RunningTask.isCancelled { throw CancellationError() }
    let outcome = await park(.condition) { waiter in
      // In line before the lock is free: no notification is missed.
      let ticket = line.withLock { $0.enter((), waiter) }
      lock.unlock()
      return ticket
    } cancel: { ticket in
      line.withLock { $0.cancel(ticket) }
    }
    await lock.lockUncancellably()
    guard case .granted = outcome else { throw CancellationError() }
    if RunningTask.isCancelled {
      // Notified and cancelled, before or after the lock came back: the next one is to know.
      wake(1)
      throw CancellationError()
    }
  }

  /// Waits until `predicate` holds, checking it under the lock at once and after each notification.
  ///
  /// - Throws: `CancellationError` as ``wait()`` does, and what `predicate` throws; the lock is held then.
  public func wait(
    until predicate: () throws -> Bool, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    if RunningTask.mustPause { try await RunningTask.pause() }
    while try !predicate() { try await wait() }
  }

  /// Wakes the first `count` waiting tasks, or all if there are fewer.
  ///
  /// The caller should hold the lock; traps when no task does.
  public func notify(_ count: Int = 1) {
    require(lock.isLocked, "AsyncCondition: notify() without the lock")
    wake(count)
  }

  /// Wakes all waiting tasks.
  ///
  /// The caller should hold the lock; traps when no task does.
  public func notifyAll() { notify(.max) }

  /// How many tasks wait for a notification.
  public var waiting: Int { line.withLock { $0.count } }

  private func wake(_ count: Int) {
    let wakeups = line.withLock { line in
      var wakeups = WakeupList<Void, Parked<Void>>()
      for _ in 0..<max(0, min(count, line.count)) {
        if let wakeup = line.grantFirst(()) { wakeups.append(wakeup) }
      }
      return wakeups
    }
    wakeups.deliver()
  }
}
