// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Limits how many tasks do something at once.
///
/// Python's `Semaphore`.
///
/// ```swift
/// let semaphore = AsyncSemaphore(permits: 3)
/// let page = try await semaphore.withPermit { try await fetch(url) }
/// ```
///
/// **Fairness.** First come, first served. A released permit is handed to the first task in line;
/// no task overtakes it, `tryAcquire` included. A request for many permits at the head of the line
/// holds back the smaller ones behind it, so it cannot starve.
///
/// May be used from any task and any thread. For mutual exclusion, use ``AsyncLock``.
public final class AsyncSemaphore: Sendable {
  private let state: Guarded<State<Parked<Void>>>

  /// Makes a semaphore with `permits` free permits.
  ///
  /// - Parameter bounded: Traps when more permits are released than were acquired.
  public init(permits: Int, bounded: Bool = false) {
    require(permits >= 0, "AsyncSemaphore: permits must not be negative, got \(permits)")
    state = Guarded(State(permits: permits, isBounded: bounded))
  }

  /// Takes permits, waiting in line until there are enough.
  ///
  /// Returns without suspending if they are free and no task waits.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on, and
  /// holds nothing then: permits granted in the same moment are passed on.
  ///
  /// Complexity: O(1).
  ///
  /// - Throws: `CancellationError`.
  public func acquire(count: Int = 1) async throws(CancellationError) {
    try await enter(count, .semaphore)
  }

  package func acquire(count: Int, reason: WaitReason) async throws(CancellationError) {
    try await enter(count, reason)
  }

  // In line: a call more is a piece of the task's stack more, taken and given back.
  @inline(__always)
  private func enter(_ count: Int, _ reason: WaitReason) async throws(CancellationError) {
    if RunningTask.mustPause { try await RunningTask.pause() }
    if state.withLock({ $0.tryAcquire(count) }) { return }
    let outcome = await park(reason) { waiter in
      state.withLock { $0.acquire(count, waiter) }
    } cancel: { ticket in
      let wakeups = state.withLock { $0.cancel(ticket) }
      wakeups.others.deliver()
      return wakeups.own
    }
    if case .cancelled = outcome { throw CancellationError() }
    if RunningTask.isCancelled {
      release(count: count)
      throw CancellationError()
    }
  }

  /// Takes permits if they are free and no task waits; never suspends.
  public func tryAcquire(count: Int = 1) -> Bool {
    state.withLock { $0.tryAcquire(count) }
  }

  /// Gives permits back.
  ///
  /// From any task and thread; may be called from `deinit`.
  ///
  /// Traps on a bounded semaphore when more are released than were acquired.
  public func release(count: Int = 1) {
    require(count > 0, "AsyncSemaphore: count must be positive, got \(count)")
    let wakeups = state.withLock { $0.release(count) }
    wakeups.deliver()
  }

  /// Runs `body` with a permit, which is released on every exit.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it has the permit; `body` does not run
  ///   then. Runs in the caller's isolation.
  @inlinable @discardableResult
  public func withPermit<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    try await acquire()
    defer { release() }
    return try await body()
  }

  /// Changes the number of permits.
  ///
  /// Those added serve the tasks in line at once; those taken away go when they are next released.
  public func resize(to permits: Int) {
    require(permits >= 0, "AsyncSemaphore: permits must not be negative, got \(permits)")
    let wakeups = state.withLock { $0.resize(to: permits) }
    wakeups.deliver()
  }

  /// The free permits; negative after `resize` took away more than were free.
  public var availablePermits: Int { state.withLock { $0.permits } }

  var standing: (free: Int, total: Int, waiting: Int) {
    state.withLock { ($0.permits, $0.total, $0.line.count) }
  }

  /// A snapshot of the semaphore's counters.
  public var statistics: Statistics {
    state.withLock { Statistics(permits: $0.permits, waiting: $0.line.count) }
  }

  /// A snapshot of the counters of a semaphore.
  public struct Statistics: Sendable, Hashable {
    /// The free permits.
    public let permits: Int
    /// The tasks in line.
    public let waiting: Int
  }
}
