// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The children of a `gather`, a `race` or a task scope: cancelled together, awaited together, each
/// for O(1).
///
/// The runtime's own groups take longer the more children live, when those end out of order.
final class Children: Sendable {
  private struct State {
    var live: [Int: ErasedTask] = [:]
    var nextKey = 0
    /// Started and not ended, whether or not their tasks have been noted in `live` yet.
    var running = 0
    var isCancelled = false
    var ended: Set<Int> = []
    var isClosed = false
    var line = WaitQueue<Void, Void, Parked<Void>>()
    var onIdle: (@Sendable () -> Void)?
  }

  private let state = Guarded(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  var runningCount: Int { state.withLock { $0.running } }

  /// Takes a place for a child; nil once the family is closed to newcomers.
  func register() -> Int? {
    state.withLock { state in
      if state.isClosed { return nil }
      defer { state.nextKey += 1 }
      state.running += 1
      return state.nextKey
    }
  }

  /// Notes a child's task.
  ///
  /// It may have ended already, on another thread or by running at once.
  func adopt(_ key: Int, _ task: ErasedTask) {
    let mustCancel = state.withLock { state in
      if state.ended.remove(key) != nil { return false }
      state.live[key] = task
      return state.isCancelled
    }
    if mustCancel { task.cancel() }
  }

  /// A child has ended: the last thing it does.
  func end(_ key: Int) {
    let (wakeups, onIdle, task) = state.withLock { state in
      let task = state.live.removeValue(forKey: key)
      if task == nil { state.ended.insert(key) }
      state.running -= 1
      let isIdle = state.running == 0
      return (isIdle ? state.line.grantAll(()) : [], isIdle ? state.onIdle : nil, task)
    }
    _ = task  // Released outside the lock.
    onIdle?()
    for wakeup in wakeups { wakeup.deliver() }
  }

  /// Has `action` run each time the last living child ends; at once when none lives.
  func whenIdle(_ action: @escaping @Sendable () -> Void) {
    let isIdle = state.withLock { state in
      state.onIdle = action
      return state.running == 0
    }
    if isIdle { action() }
  }

  /// Cancels all children, and those to come.
  func cancel() {
    let tasks: [ErasedTask] = state.withLock { state in
      if state.isCancelled { return [] }
      state.isCancelled = true
      return state.live.sorted { $0.key < $1.key }.map(\.value)
    }
    for task in tasks { task.cancel() }
  }

  /// Waits until every child has ended; cancellation does not end this wait.
  func waitForAll() async {
    let place = state.withLock { $0.running == 0 ? nil : $0.line.enter(()) }
    guard let ticket = place else { return }
    _ = await parkUncancellably(.children) { waiter in
      state.withLock { $0.line.park(ticket, waiter) }
    }
  }

  /// Closes the family; true if it was without living children, and may be left.
  func closeIfIdle() -> Bool {
    state.withLock { state in
      guard state.running == 0 else { return false }
      state.isClosed = true
      return true
    }
  }

  /// Waits until no child lives, also of those that living children still start, and lets no more
  /// in.
  func drain() async {
    while !closeIfIdle() { await waitForAll() }
  }
}
