// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A flag that tasks can wait for.
///
/// Python's `Event`.
///
/// ```swift
/// let ready = AsyncEvent()
/// createTask { try await ready.wait(); print("go") }
/// ready.set()
/// ```
///
/// May be used from any task and any thread.
public final class AsyncEvent: Sendable {
  private let state = Guarded(State<Parked<Void>>())

  /// Makes an event that is not set.
  public init() {}

  /// Waits until the event is set; returns without suspending if it is.
  ///
  /// A task that waited when `set` was called goes on even if `clear` follows at once.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled before it goes on.
  ///
  /// - Throws: `CancellationError`.
  public func wait() async throws(CancellationError) {
    if RunningTask.mustPause { try await RunningTask.pause() }
    if isSet { return }
    let outcome = await park(.event) { waiter in
      state.withLock { $0.wait(waiter) }
    } cancel: { ticket in
      state.withLock { $0.line.cancel(ticket) }
    }
    guard let outcome else { return }
    guard case .granted = outcome, !RunningTask.isCancelled else { throw CancellationError() }
  }

  /// Sets the event and wakes all tasks that wait, in the order they came.
  ///
  /// From any thread. Complexity: O(*n*) in the number of waiting tasks.
  public func set() {
    for wakeup in state.withLock({ $0.set() }) { wakeup.deliver() }
  }

  /// Resets the event: a task that calls `wait` from now on waits.
  public func clear() { state.withLock { $0.isSet = false } }

  /// Whether the event is set.
  public var isSet: Bool { state.withLock { $0.isSet } }

  /// How many tasks wait.
  public var waiting: Int { state.withLock { $0.line.count } }
}

extension AsyncEvent {
  /// Invariant: no task waits while the event is set.
  struct State<Waiter> {
    typealias Line = WaitQueue<Void, Void, Waiter>

    var isSet = false
    var line = Line()

    mutating func wait(_ waiter: Waiter) -> Line.Ticket? { isSet ? nil : line.enter((), waiter) }

    mutating func set() -> WakeupList<Void, Waiter> {
      isSet = true
      return line.grantAll(())
    }
  }
}
