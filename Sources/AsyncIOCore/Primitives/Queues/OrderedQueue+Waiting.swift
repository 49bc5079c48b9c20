// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension OrderedQueue {
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
  func take() async throws -> UncheckedSendable<Element> {
    // Elsewhere: what lives across a suspension here would take memory from the task's stack each time.
    if RunningTask.mustPause { return try await takeAfterPause() }
    var admitted: State.PutterWakeup?
    let element = try state.withLock { try $0.get(&admitted) }
    admitted?.deliver()
    if let element { return element }
    return try await waitForItem()
  }

  @inlinable @inline(never)
  func takeAfterPause() async throws -> UncheckedSendable<Element> {
    try await RunningTask.pause()
    return try await take()
  }

  @inlinable
  func waitForItem() async throws -> UncheckedSendable<Element> {
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
      return element
    case .granted(.item(let item)): return try takeUnlessCancelled(item)
    case .granted(.shutDown): throw QueueShutDownError()
    case .cancelled: throw CancellationError()
    }
  }

  /// An item that was given to a task in the moment of its cancellation goes back.
  @inlinable
  func takeUnlessCancelled(_ item: Queued<Element>) throws -> UncheckedSendable<Element> {
    guard RunningTask.isCancelled else { return UncheckedSendable(item.element) }
    let item = UncheckedSendable(item)
    change { $0.putBack(item.value, &$1) }
    throw CancellationError()
  }

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
