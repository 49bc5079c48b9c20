// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The children of a `gather`, a `race` or a task scope: cancelled together, awaited together, each
/// for O(1).
///
/// The runtime's own groups take longer the more children live, when those end out of order.
@usableFromInline
final class ChildTable: RunningChildren {
  /// Names a child among those that live.
  @usableFromInline
  struct Key: Sendable {
    // Narrow: every child keeps one. After two billion children of one scope the rest share a number: in titles,
    // and in the order in which they are cancelled.
    fileprivate let place: Int32
    fileprivate let number: Int32

    fileprivate init(index: Int, ordinal: Int) {
      place = Int32(index)
      number = Int32(clamping: ordinal)
    }

    fileprivate var index: Int { Int(place) }

    /// Children are numbered in the order they were registered.
    @usableFromInline var ordinal: Int { Int(number) }
  }

  fileprivate enum Place {
    /// Registered; its task is not known yet.
    case starting
    case live(ErasedTask, ordinal: Int32)
    /// Ended before its task was known: on another thread, or by running at once.
    case endedEarly
  }

  fileprivate struct State {
    var places = SlotTable<Place>()
    var registered = 0
    var running = 0
    var isCancelled = false
    var isClosed = false
    var line = WaitQueue<Void, Void, Parked<Void>>()
    var onIdle: (@Sendable () -> Void)?
  }

  private let state = Guarded(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  var runningCount: Int { state.withLock { $0.running } }

  /// The children that live; nil if there are more than `count`, or one is only just starting.
  func liveIdentities(atMost count: Int) -> [TaskIdentity]? {
    state.withLock { state in
      guard state.running <= count, state.places.placeCount <= 4 * count else { return nil }
      let live = state.places.values.compactMap { place in
        if case .live(let task, _) = place { TaskIdentity(task) } else { nil }
      }
      return live.count == state.running ? live : nil
    }
  }

  /// Takes a place for a child; nil once the family is cancelled, or closed to newcomers.
  @usableFromInline
  func register() -> Key? {
    state.withLock { state -> Key? in
      if state.isClosed || state.isCancelled { return nil }
      defer { state.registered += 1 }
      state.running += 1
      return Key(index: state.places.insert(.starting), ordinal: state.registered)
    }
  }

  /// Notes a child's task.
  @usableFromInline
  func adopt(_ key: Key, _ task: ErasedTask) {
    let mustCancel = state.withLock { state in
      if case .endedEarly = state.places[key.index] {
        state.places.remove(at: key.index)
        return false
      }
      state.places[key.index] = .live(task, ordinal: key.number)
      return state.isCancelled
    }
    if mustCancel { task.cancel() }
  }

  /// A child has ended: the last thing it does.
  @usableFromInline
  func end(_ key: Key) {
    let (wakeups, onIdle, task) = state.withLock { state in
      let task = state.leave(key.index)
      state.running -= 1
      let isIdle = state.running == 0
      return (isIdle ? state.line.grantAll(()) : WakeupList(), isIdle ? state.onIdle : nil, task)
    }
    _ = task  // Released outside the lock.
    onIdle?()
    wakeups.deliver()
  }

  /// Has `action` run each time the last living child ends; at once when none lives.
  func whenIdle(_ action: @escaping @Sendable () -> Void) {
    let isIdle = state.withLock { state in
      state.onIdle = action
      return state.running == 0
    }
    if isIdle { action() }
  }

  /// Cancels all children, in the order they were started; no more are taken in.
  @usableFromInline
  func cancel() {
    let tasks: [ErasedTask] = state.withLock { state in
      if state.isCancelled { return [] }
      state.isCancelled = true
      return state.liveTasks
    }
    for task in tasks { task.cancel() }
  }

  /// Waits until every child has ended; cancellation does not end this wait.
  ///
  /// - Parameter onDeadlock: Called when one of them waits for a lock that the waiting task holds.
  func waitForAll(onDeadlock: ((DeadlockError) -> Void)? = nil) async {
    if state.withLock({ $0.running == 0 }) { return }
    var edge: NotedEdge?
    _ = await parkUncancellably(.children) { waiter in
      let ticket = state.withLock { $0.running == 0 ? nil : $0.line.enter((), waiter) }
      guard ticket != nil else { return nil }
      edge = NotedEdge.begin(.current, .children(self))
      if let deadlock = edge?.deadlock { onDeadlock?(deadlock) }
      return ticket
    }
    edge?.end()
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
  func drain(onDeadlock: ((DeadlockError) -> Void)? = nil) async {
    while !closeIfIdle() { await waitForAll(onDeadlock: onDeadlock) }
  }
}

extension ChildTable.State {
  fileprivate mutating func leave(_ index: Int) -> ErasedTask? {
    guard case .live(let task, _) = places[index] else {
      places[index] = .endedEarly
      return nil
    }
    places.remove(at: index)
    return task
  }

  fileprivate var liveTasks: [ErasedTask] {
    var live: [(task: ErasedTask, ordinal: Int32)] = []
    for case .live(let task, let ordinal) in places.values { live.append((task, ordinal)) }
    return live.sorted { $0.ordinal < $1.ordinal }.map(\.task)
  }
}
