// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the three queues share: their bookkeeping behind a lock, and the waiting.
///
/// Unchecked: items go in with `sending` and come out once, so each belongs to one task at a time.
final class QueueCore<Buffer: QueueBuffer>: @unchecked Sendable {
  typealias Element = Buffer.Element
  private typealias State = QueueState<
    Buffer, Parked<Take<Element>>, Parked<Admission>, Parked<Void>
  >

  private let state: Guarded<State>

  init(_ buffer: Buffer, maxSize: Int) {
    precondition(maxSize >= 0, "queue: maxSize must not be negative, got \(maxSize)")
    state = Guarded(State(buffer, maxSize: maxSize))
  }

  func put(_ element: consuming Element) async throws {
    try Task.checkCancellation()
    let element = Unchecked(element)
    guard let ticket = try change({ try $0.put(element.value, &$1) }) else { return }
    let outcome = await park(.queueRoom) { waiter in
      state.withLock { $0.putters.park(ticket, waiter) }
    } cancel: {
      state.withLock { $0.putters.cancel(ticket) }
    }
    switch outcome {
    case .granted(.admitted): return
    case .granted(.shutDown): throw QueueShutDownError()
    case .cancelled: throw CancellationError()
    }
  }

  func get() async throws -> Element {
    try Task.checkCancellation()
    let (element, place) = try change { state, wakeups in
      let (element, place) = try state.get(&wakeups)
      return (Unchecked(element), place)
    }
    if let element = element.value { return element }
    guard let ticket = place else { throw CancellationError() }
    let outcome = await park(.queueItem) { waiter in
      state.withLock { $0.getters.park(ticket, waiter) }
    } cancel: {
      state.withLock { $0.getters.cancel(ticket) }
    }
    switch outcome {
    case .granted(.item(let item)): return try takeUnlessCancelled(item)
    case .granted(.shutDown): throw QueueShutDownError()
    case .cancelled: throw CancellationError()
    }
  }

  /// An item that was given to a task in the moment of its cancellation goes back.
  private func takeUnlessCancelled(_ item: Queued<Element>) throws -> Element {
    guard Task.isCancelled else { return item.element }
    let item = Unchecked(item)
    change { $0.putBack(item.value, &$1) }
    throw CancellationError()
  }

  func join() async throws {
    try Task.checkCancellation()
    guard let ticket = state.withLock({ $0.join() }) else { return }
    let outcome = await park(.queueJoin) { waiter in
      state.withLock { $0.joiners.park(ticket, waiter) }
    } cancel: {
      state.withLock { $0.joiners.cancel(ticket) }
    }
    guard case .granted = outcome, !Task.isCancelled else { throw CancellationError() }
  }

  func tryPut(_ element: consuming Element) -> Bool {
    let element = Unchecked(element)
    return change { $0.tryPut(element.value, &$1) }
  }

  func tryGet() -> Element? { change { Unchecked($0.tryGet(&$1)) }.value }
  func tryPeek() -> Element? { state.withLock { Unchecked($0.buffer.next) }.value }
  func taskDone() { change { $0.taskDone(&$1) } }
  func shutdown(immediate: Bool) { change { $0.shutdown(immediate: immediate, &$1) } }

  var statistics: QueueStatistics {
    state.withLock {
      QueueStatistics(
        count: $0.buffer.count, unfinished: $0.unfinished, waitingGetters: $0.getters.count,
        waitingPutters: $0.putters.count, isShutDown: $0.isShutDown)
    }
  }

  var count: Int { state.withLock { $0.buffer.count } }
  var isFull: Bool { state.withLock { $0.isFull } }
  var unfinished: Int { state.withLock { $0.unfinished } }

  /// Changes the state under the lock, then wakes whom the change concerns.
  @discardableResult
  private func change<Result>(
    _ body: (inout State, inout State.Wakeups) throws -> Result
  ) rethrows -> Result {
    var wakeups = State.Wakeups()
    let result = try state.withLock { try body(&$0, &wakeups) }
    for wakeup in wakeups.getters { wakeup.deliver() }
    for wakeup in wakeups.putters { wakeup.deliver() }
    for wakeup in wakeups.joiners { wakeup.deliver() }
    return result
  }
}

/// How a queue stands.
public struct QueueStatistics: Sendable, Hashable {
  /// The items in the queue.
  public let count: Int
  /// The items put and not yet reported done.
  public let unfinished: Int
  /// The tasks that wait for an item.
  public let waitingGetters: Int
  /// The tasks that wait for room.
  public let waitingPutters: Int
  /// Whether the queue was shut down.
  public let isShutDown: Bool
}

/// The queue was shut down: it takes no more items, and has none left to give.
public struct QueueShutDownError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// What happened.
  public var description: String { "the queue was shut down" }
}
