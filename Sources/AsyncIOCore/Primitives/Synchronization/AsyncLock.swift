// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Mutual exclusion between tasks, also across suspensions.
///
/// Python's `Lock`.
///
/// ```swift
/// let lock = AsyncLock()
/// try await lock.withLock { try await update(file) }
/// ```
///
/// **Fairness.** First come, first served: an unlock hands the lock to the first task in line, and
/// no task overtakes it, `tryLock` included.
///
/// Not reentrant: locking it again from the task that holds it traps, since it could only hang.
/// Another task may unlock it. For a short critical section without a suspension, `Mutex` of the
/// `Synchronization` module is the better choice.
public final class AsyncLock: Sendable {
  private let state = Guarded(State<Parked<Void>>())

  /// Makes a free lock.
  public init() {}

  /// Takes the lock, waiting in line until it is free.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on, and
  /// does not hold the lock then: a grant of the same moment is passed on. Complexity: O(1).
  ///
  /// - Throws: ``DeadlockError`` on a loop when the task that holds the lock waits, perhaps by way of others, for one that
  ///   this task holds, or for its end: none of them could ever go on. Not if a timeout would end one of these waits.
  public func lock() async throws {
    if RunningTask.mustPause { try await RunningTask.pause() }
    let me = TaskIdentity.current
    if state.withLock({ $0.tryLock(me) }) { return }
    var edge: NotedEdge?
    let outcome = await park(.lock) { waiter in
      guard let ticket = state.withLock({ $0.lock(me, waiter) }) else { return nil }
      edge = NotedEdge.begin(me, .lock(self))
      // Out of line again, unless the lock was handed over meanwhile.
      if edge?.deadlock != nil { state.withLock { $0.line.cancel(ticket) }?.deliver() }
      return ticket
    } cancel: { ticket in
      state.withLock { $0.line.cancel(ticket) }
    }
    edge?.end()
    if case .cancelled = outcome {
      if let deadlock = edge?.deadlock { throw deadlock }
      throw CancellationError()
    }
    if RunningTask.isCancelled {
      unlock()
      throw CancellationError()
    }
  }

  /// Takes the lock whatever happens: for callers that must hold it again before they may throw.
  func lockUncancellably() async {
    let me = TaskIdentity.current
    var edge: NotedEdge?
    _ = await parkUncancellably(.lock) { waiter in
      let ticket = state.withLock { $0.lock(me, waiter) }
      // Cannot be told of a circle, but may be part of one that another closes.
      if ticket != nil { edge = NotedEdge.begin(me, .lock(self)) }
      return ticket
    }
    edge?.end()
  }

  /// The task that holds the lock; `none` if no task does, or code outside tasks.
  var holder: TaskIdentity { state.withLock { $0.owner } }

  /// Takes the lock if it is free and no task waits; never suspends.
  public func tryLock() -> Bool {
    let me = TaskIdentity.current
    return state.withLock { $0.tryLock(me) }
  }

  /// Gives the lock to the first task in line, or frees it.
  ///
  /// From any task and thread.
  ///
  /// Traps when the lock is free.
  public func unlock() {
    let wakeup = state.withLock { $0.unlock() }
    wakeup?.deliver()
  }

  /// Runs `body` with the lock, which is unlocked on every exit.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it has the lock; `body` does not run then.
  ///   Runs in the caller's isolation.
  @inlinable @discardableResult
  public func withLock<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    try await lock()
    defer { unlock() }
    return try await body()
  }

  /// Whether a task holds the lock.
  public var isLocked: Bool { state.withLock { $0.isLocked } }

  /// A snapshot of the lock's state.
  public var statistics: Statistics {
    state.withLock { Statistics(isLocked: $0.isLocked, waiting: $0.line.count) }
  }

  /// A snapshot of the state of a lock.
  public struct Statistics: Sendable, Hashable {
    /// Whether a task holds the lock.
    public let isLocked: Bool
    /// The tasks in line.
    public let waiting: Int
  }
}

extension AsyncLock: HeldLock {}

extension AsyncLock {
  /// Invariant: a task waits only while the lock is held.
  ///
  /// A hand-over never frees it.
  struct State<Waiter> {
    typealias Line = WaitQueue<TaskIdentity, Void, Waiter>

    private(set) var isLocked = false
    private(set) var owner = TaskIdentity.none
    var line = Line()

    mutating func lock(_ task: TaskIdentity, _ waiter: Waiter) -> Line.Ticket? {
      if tryLock(task) { return nil }
      require(
        task == .none || task != owner,
        "AsyncLock: the task that holds the lock locks it again; it would wait for itself for ever")
      return line.enter(task, waiter)
    }

    mutating func tryLock(_ task: TaskIdentity) -> Bool {
      guard !isLocked else { return false }
      isLocked = true
      owner = task
      return true
    }

    mutating func unlock() -> Wakeup<Void, Waiter>? {
      require(isLocked, "AsyncLock: unlocked while free")
      isLocked = !line.isEmpty
      owner = line.firstRequest ?? .none
      return line.grantFirst(())
    }
  }
}
