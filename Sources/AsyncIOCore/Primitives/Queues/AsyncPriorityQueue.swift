// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Hands items from producers to consumers, smallest first.
///
/// Python's `PriorityQueue`.
///
/// Items that are equal leave in the order of their arrival.
///
/// **Fairness.** Tasks that wait are served in the order they came, and nobody overtakes them:
/// `tryGet` and `tryPut` fail while others wait.
///
/// **Shutdown.** After ``shutdown(immediate:)`` nothing can be put any more; what is left can be
/// taken, then `get` throws ``QueueShutDownError`` and iteration ends.
///
/// May be used from any task and thread. Items need not be `Sendable`: putting one in gives it
/// away.
public final class AsyncPriorityQueue<Element: Comparable>: Sendable {
  @usableFromInline let core: QueueCore<PriorityBuffer<Element>>

  /// Makes an empty queue.
  ///
  /// - Parameter maxSize: How many items it holds before `put` waits; 0 for no limit.
  @inlinable
  public init(maxSize: Int = 0) { core = QueueCore(PriorityBuffer(), maxSize: maxSize) }

  /// Puts an item in, waiting in line while the queue is full.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before the item is in:
  /// it is not put then. Once it is in, the call returns.
  ///
  /// - Throws: ``QueueShutDownError`` when the queue is shut down, also while the task waits.
  @inlinable
  public func put(_ element: sending Element) async throws { try await core.put(element) }

  /// Takes the next item, waiting in line while there is none.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on. No
  /// item is lost: one that was meant for the task is the next again.
  ///
  /// - Throws: ``QueueShutDownError`` when the queue is shut down and empty.
  @inlinable
  public func get() async throws -> sending Element { try await core.get() }

  /// Puts an item in if there is room and nobody waits for it; never suspends.
  @inlinable
  public func tryPut(_ element: sending Element) -> Bool { core.tryPut(element) }

  /// Takes the next item if there is one and nobody waits for it; never suspends.
  @inlinable
  public func tryGet() -> sending Element? { core.tryGet() }

  /// Says that an item which was taken has been dealt with.
  ///
  /// Wakes ``join()`` when it was the last.
  ///
  /// Traps when called more often than items were put; after an immediate shutdown it does nothing.
  @inlinable
  public func taskDone() { core.taskDone() }

  /// Waits until every item that was put has been reported done.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it goes on.
  @inlinable
  public func join() async throws { try await core.join() }

  /// Ends the queue: tasks that wait to put get ``QueueShutDownError``, and so do later ones; items
  /// in the queue can still be taken.
  ///
  /// - Parameter immediate: Drops the items that are left, and frees ``join()``.
  @inlinable
  public func shutdown(immediate: Bool = false) { core.shutdown(immediate: immediate) }

  /// Takes the next item, runs `body` with it, and reports it done on every exit.
  ///
  /// - Throws: `CancellationError` and ``QueueShutDownError`` as ``get()`` does, and what `body` throws.
  @inlinable @discardableResult
  public func withItem<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Element) async throws -> Result
  ) async throws -> Result {
    let element = try await core.get()
    defer { core.taskDone() }
    return try await body(element)
  }

  /// The number of items in the queue.
  @inlinable
  public var count: Int { core.count }
  /// Whether there is no item in the queue.
  @inlinable
  public var isEmpty: Bool { core.count == 0 }
  /// Whether the queue holds as many items as it may.
  @inlinable
  public var isFull: Bool { core.isFull }
  /// The number of items that were put and not reported done.
  @inlinable
  public var unfinished: Int { core.unfinished }
  /// A snapshot of the queue's counters.
  @inlinable
  public var statistics: QueueStatistics { core.statistics }
}

extension AsyncPriorityQueue where Element: Sendable {
  /// The item that would be taken next, which stays in the queue.
  @inlinable
  public func tryPeek() -> Element? { core.tryPeek() }
}

extension AsyncPriorityQueue: AsyncSequence {
  /// Takes items until the queue is shut down and drained.
  public struct AsyncIterator: AsyncIteratorProtocol {
    @usableFromInline let queue: AsyncPriorityQueue

    @inlinable
    init(queue: AsyncPriorityQueue) { self.queue = queue }

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
        return try await queue.core.get()
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

extension AsyncPriorityQueue: CustomStringConvertible {
  /// A summary of the state, as in `AsyncPriorityQueue(maxSize: 10, 3 items, 3 unfinished)`.
  public var description: String {
    core.statistics.describe("AsyncPriorityQueue", maxSize: core.maxSize)
  }
}
