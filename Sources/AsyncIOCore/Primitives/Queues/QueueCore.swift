// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the three queues share: their bookkeeping behind a lock, and the waiting.
///
/// Unchecked: items go in with `sending` and come out once, so each belongs to one task at a time.
@usableFromInline
final class QueueCore<Buffer: QueueBuffer>: @unchecked Sendable {
  @usableFromInline
  typealias Element = Buffer.Element
  @usableFromInline
  typealias State = QueueState<
    Buffer, Parked<Take<Element>>, Parked<Admission>, Parked<Void>
  >

  @usableFromInline let state: Guarded<State>

  @inlinable
  init(_ buffer: Buffer, maxSize: Int) {
    require(maxSize >= 0, "queue: maxSize must not be negative, got \(maxSize)")
    state = Guarded(State(buffer, maxSize: maxSize))
  }

  @inlinable
  func put(_ element: consuming Element) async throws {
    if RunningTask.mustPause { try await RunningTask.pause() }
    let element = UncheckedSendable(element)
    var served: State.GetterWakeup?
    let isIn = try state.withLock { try $0.put(element.value, &served) }
    served?.deliver()
    if !isIn { try await waitForRoom(element) }
  }

  @inlinable
  func waitForRoom(_ element: UncheckedSendable<Element>) async throws {
    let outcome = try await park(.queueRoom) { waiter in
      var served: State.GetterWakeup?
      let ticket = try state.withLock { try $0.put(element.value, &served, orEnter: waiter) }
      served?.deliver()
      return ticket
    } cancel: { ticket in
      state.withLock { $0.putters.cancel(ticket) }
    }
    switch outcome {
    case nil, .granted(.admitted): return
    case .granted(.shutDown): throw QueueShutDownError()
    case .cancelled: throw CancellationError()
    }
  }

  @inlinable
  func get() async throws -> Element {
    // Elsewhere: what lives across a suspension here would take memory from the task's stack each time.
    if RunningTask.mustPause { return try await getAfterPause() }
    var admitted: State.PutterWakeup?
    let element = try state.withLock { try $0.get(&admitted) }
    admitted?.deliver()
    if let element { return element.value }
    return try await waitForItem()
  }

  @inlinable @inline(never)
  func getAfterPause() async throws -> Element {
    try await RunningTask.pause()
    return try await get()
  }

  @inlinable
  func waitForItem() async throws -> Element {
    var element: UncheckedSendable<Element>?
    let outcome = try await park(.queueItem) { waiter in
      var admitted: State.PutterWakeup?
      let ticket = try state.withLock { try $0.get(&element, &admitted, orEnter: waiter) }
      admitted?.deliver()
      return ticket
    } cancel: { ticket in
      state.withLock { $0.getters.cancel(ticket) }
    }
    switch outcome {
    case nil:
      guard let element else { throw CancellationError() }
      return element.value
    case .granted(.item(let item)): return try takeUnlessCancelled(item)
    case .granted(.shutDown): throw QueueShutDownError()
    case .cancelled: throw CancellationError()
    }
  }

  /// An item that was given to a task in the moment of its cancellation goes back.
  @inlinable
  func takeUnlessCancelled(_ item: Queued<Element>) throws -> Element {
    guard RunningTask.isCancelled else { return item.element }
    let item = UncheckedSendable(item)
    change { $0.putBack(item.value, &$1) }
    throw CancellationError()
  }

  @inlinable
  func join() async throws {
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

  @inlinable
  func tryPut(_ element: consuming Element) -> Bool {
    let element = UncheckedSendable(element)
    var served: State.GetterWakeup?
    let isIn = state.withLock { $0.tryPut(element.value, &served) }
    served?.deliver()
    return isIn
  }

  @inlinable
  func tryGet() -> Element? {
    var admitted: State.PutterWakeup?
    let element = state.withLock { UncheckedSendable($0.tryGet(&admitted)) }
    admitted?.deliver()
    return element.value
  }

  @inlinable
  func tryPeek() -> Element? { state.withLock { UncheckedSendable($0.buffer.next) }.value }
  @inlinable
  func taskDone() { state.withLock { $0.taskDone() }.deliver() }

  @inlinable
  func shutdown(immediate: Bool) { change { $0.shutdown(immediate: immediate, &$1) } }

  @inlinable
  var statistics: QueueStatistics {
    state.withLock {
      QueueStatistics(
        count: $0.buffer.count, unfinished: $0.unfinished, waitingGetters: $0.getters.count,
        waitingPutters: $0.putters.count, isShutDown: $0.isShutDown)
    }
  }

  @inlinable
  var maxSize: Int { state.withLock { $0.maxSize } }
  @inlinable
  var count: Int { state.withLock { $0.buffer.count } }
  @inlinable
  var isFull: Bool { state.withLock { $0.isFull } }
  @inlinable
  var unfinished: Int { state.withLock { $0.unfinished } }

  /// Changes the state under the lock, then wakes the tasks that the change concerns.
  @discardableResult
  @inlinable
  func change<Result>(
    _ body: (inout State, inout State.Deliveries) throws -> Result
  ) rethrows -> Result {
    var wakeups = State.Deliveries()
    let result = try state.withLock { try body(&$0, &wakeups) }
    wakeups.getters.deliver()
    wakeups.putters.deliver()
    wakeups.joiners.deliver()
    return result
  }
}
