// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Hands items from producers to consumers, in the order that its buffer keeps.
///
/// Used by the names ``AsyncQueue``, ``AsyncLIFOQueue`` and ``AsyncPriorityQueue``, which say the order.
///
/// **Fairness.** Tasks that wait are served in the order they came, and no task overtakes them:
/// `tryGet` and `tryPut` fail while others wait.
///
/// **Shutdown.** After ``shutdown(immediate:)`` nothing can be put any more; what is left can be
/// taken, then `get` throws ``QueueShutDownError`` and iteration ends.
///
/// May be used from any task and thread. Items need not be `Sendable`: putting one in gives it
/// away.
///
/// Unchecked: items go in with `sending` and come out once, so each belongs to one task at a time.
public final class OrderedQueue<Buffer: QueueBuffer>: @unchecked Sendable {
  /// What the queue holds.
  public typealias Element = Buffer.Element
  @usableFromInline
  typealias State = QueueState<
    Buffer, Parked<Take<Element>>, Parked<Admission>, Parked<Void>
  >

  @usableFromInline let state: Guarded<State>

  /// Makes an empty queue.
  ///
  /// - Parameter maxSize: How many items it holds before `put` waits; 0 for no limit.
  @inlinable
  public init(maxSize: Int = 0) {
    require(maxSize >= 0, "queue: maxSize must not be negative, got \(maxSize)")
    state = Guarded(State(Buffer(), maxSize: maxSize))
  }

  /// Puts an item in, waiting in line while the queue is full.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before the item is in:
  /// it is not put then. Once it is in, the call returns.
  ///
  /// - Throws: ``QueueShutDownError`` when the queue is shut down, also while the task waits.
  @inlinable
  public func put(_ element: sending Element) async throws {
    if RunningTask.mustPause { try await RunningTask.pause() }
    let element = UncheckedSendable(element)
    var served: State.GetterWakeup?
    let isIn = try state.withLock { try $0.put(element.value, &served) }
    served?.deliver()
    if !isIn { try await waitForRoom(element) }
  }

  /// Takes the next item, waiting in line while there is none.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on. No
  /// item is lost: one that was meant for the task is the next again.
  ///
  /// - Throws: ``QueueShutDownError`` when the queue is shut down and empty.
  @inlinable
  public func get() async throws -> sending Element { try await take().value }

  /// Puts an item in if there is room and no task waits for it; never suspends.
  @inlinable
  public func tryPut(_ element: sending Element) -> Bool {
    let element = UncheckedSendable(element)
    var served: State.GetterWakeup?
    let isIn = state.withLock { $0.tryPut(element.value, &served) }
    served?.deliver()
    return isIn
  }

  /// Takes the next item if there is one and no task waits for it; never suspends.
  @inlinable
  public func tryGet() -> sending Element? {
    var admitted: State.PutterWakeup?
    let element = state.withLock { UncheckedSendable($0.tryGet(&admitted)) }
    admitted?.deliver()
    return element.value
  }

  /// Says that an item which was taken has been dealt with.
  ///
  /// Wakes ``join()`` when it was the last.
  ///
  /// Traps when called more often than items were put; after an immediate shutdown it does nothing.
  @inlinable
  public func taskDone() { state.withLock { $0.taskDone() }.deliver() }

  /// Waits until every item that was put has been reported done.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it goes on.
  @inlinable
  public func join() async throws {
    if RunningTask.mustPause { try await RunningTask.pause() }
    if unfinished == 0 { return }
    let outcome = await park(.queueJoin) { waiter in
      state.withLock { $0.join(waiter) }
    } cancel: { ticket in
      state.withLock { $0.joiners.cancel(ticket) }
    }
    guard let outcome else { return }
    guard case .granted = outcome, !RunningTask.isCancelled else { throw CancellationError() }
  }

  /// Ends the queue: tasks that wait to put get ``QueueShutDownError``, and so do later ones; items
  /// in the queue can still be taken.
  ///
  /// - Parameter immediate: Drops the items that are left, and frees ``join()``.
  @inlinable
  public func shutdown(immediate: Bool = false) {
    change { $0.shutdown(immediate: immediate, &$1) }
  }

  /// Takes the next item, runs `body` with it, and reports it done on every exit.
  ///
  /// - Throws: `CancellationError` and ``QueueShutDownError`` as ``get()`` does, and what `body` throws.
  @inlinable @discardableResult
  public func withItem<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Element) async throws -> Result
  ) async throws -> Result {
    let element = try await take()
    defer { taskDone() }
    return try await body(element.value)
  }

  /// The number of items in the queue.
  @inlinable
  public var count: Int { state.withLock { $0.buffer.count } }
  /// Whether there is no item in the queue.
  @inlinable
  public var isEmpty: Bool { count == 0 }
  /// Whether the queue holds as many items as it may.
  @inlinable
  public var isFull: Bool { state.withLock { $0.isFull } }
  /// The number of items that were put and not reported done.
  @inlinable
  public var unfinished: Int { state.withLock { $0.unfinished } }
  /// A snapshot of the queue's counters.
  @inlinable
  public var statistics: QueueStatistics {
    state.withLock {
      QueueStatistics(
        count: $0.buffer.count, unfinished: $0.unfinished, waitingGetters: $0.getters.count,
        waitingPutters: $0.putters.count, isShutDown: $0.isShutDown)
    }
  }
}

extension OrderedQueue where Element: Sendable {
  /// The item that would be taken next, which stays in the queue.
  @inlinable
  public func tryPeek() -> Element? { state.withLock { $0.buffer.next } }
}

extension OrderedQueue: AsyncSequence {
  /// Takes items until the queue is shut down and drained.
  public struct AsyncIterator: AsyncIteratorProtocol {
    @usableFromInline let queue: OrderedQueue

    @inlinable
    init(queue: OrderedQueue) { self.queue = queue }

    /// The next item, or nil at the end of the queue.
    ///
    /// - Throws: `CancellationError` as `get` does.
    @inlinable
    public mutating func next() async throws -> Element? {
      try await next(isolation: #isolation)
    }

    /// The next item, or nil at the end of the queue.
    ///
    /// - Throws: `CancellationError` as `get` does.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(any Error) -> Element? {
      do {
        return try await queue.take().value
      } catch is QueueShutDownError {
        return nil
      }
    }
  }

  /// Iterates over the items as they come.
  ///
  /// Several tasks may iterate: each item goes to one of them.
  @inlinable
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: self) }
}

extension OrderedQueue: CustomStringConvertible {
  /// A summary of the state, as in `AsyncQueue(maxSize: 10, 3 items, 3 unfinished)`.
  public var description: String {
    statistics.describe(Buffer.queueName, maxSize: state.withLock { $0.maxSize })
  }
}
