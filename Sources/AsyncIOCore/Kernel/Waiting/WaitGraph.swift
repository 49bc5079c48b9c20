// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Which task of a loop waits for which: for a lock, whose holder is known, or for the end of a child.
///
/// A task that would close a circle is told so before it waits, if it is certain that no task in it could go on: no wait of
/// it would be ended by a timeout, no task of it is cancelled already, and of a task that waits for children none is left
/// that could still do something for the others.
///
/// Waits begin on the loop's thread, and may end on another when a task belongs to an actor that runs elsewhere. Tasks outside
/// loops are not seen, nor are circles that are longer than a search may take.
final class WaitGraph: Sendable {
  /// What a task waits for.
  enum Target: Sendable {
    case lock(any HeldLock)
    case task(TaskIdentity)
    case children(any RunningChildren)
  }

  fileprivate struct Wait {
    let target: Target
    let running: CancellableTask
    /// Of the running task, which has it until the wait is over.
    let record: Unmanaged<TaskRecord>?
  }

  fileprivate struct State {
    var waits: [TaskIdentity: Wait] = [:]
    /// How many of them are for locks: without one, no children can be in a circle.
    var lockWaits = 0
  }

  /// How many tasks a search looks at: to look at all of many thousands at each wait would take longer than what they wait for.
  private static let longestSearch = 128

  private let state = Guarded(State())

  /// Notes a wait; the circle that it closes, beginning with its task, nil if there is none.
  func add(_ task: TaskIdentity, _ target: Target) -> DeadlockError? {
    let wait = Wait(
      target: target, running: CancellableTask(), record: TaskRecord.unretainedCurrent)
    return state.withLock { state in
      if case .lock = target { state.lockWaits += 1 }
      state.waits[task] = wait
      if case .children = target, state.lockWaits == 0 { return nil }
      var search = Search(closing: task, left: Self.longestSearch)
      guard search.isBlocked(by: task, wait, in: state), search.isClosed else { return nil }
      return DeadlockError(tasks: search.path, isCircle: true)
    }
  }

  /// The wait is over.
  func remove(_ task: TaskIdentity) {
    state.withLock { state in
      if case .lock = state.waits.removeValue(forKey: task)?.target { state.lockWaits -= 1 }
    }
  }
}

/// A search for the task that begins to wait, from what it waits for.
private struct Search {
  let closing: TaskIdentity
  var left: Int
  /// Whether the closing task was met.
  var isClosed = false
  var path: [TaskSnapshot] = []
  var seen: Set<TaskIdentity> = []

  init(closing: TaskIdentity, left: Int) {
    self.closing = closing
    self.left = left
  }

  /// Whether what a task waits for can only come once the closing task has gone on.
  mutating func isBlocked(
    by task: TaskIdentity, _ wait: WaitGraph.Wait, in state: WaitGraph.State
  ) -> Bool {
    guard !wait.isEnding(task) else { return false }
    path.append(wait.snapshot(task))
    switch wait.target {
    case .lock(let lock): return isStuck(lock.holder, in: state)
    case .task(let other): return isStuck(other, in: state)
    case .children(let children):
      guard let live = children.liveIdentities(atMost: left), !live.isEmpty else { return false }
      // A child that can still act may unlock something, or fail and have the others cancelled.
      return live.allSatisfy { isStuck($0, in: state) }
    }
  }

  private mutating func isStuck(_ task: TaskIdentity, in state: WaitGraph.State) -> Bool {
    if task == closing {
      isClosed = true
      return true
    }
    // Met before: that branch has its answer, or is being looked at.
    if !seen.insert(task).inserted { return true }
    left -= 1
    guard left > 0, let wait = state.waits[task] else { return false }
    return isBlocked(by: task, wait, in: state)
  }
}

extension WaitGraph.Wait {
  /// Whether the wait comes to its end by itself.
  fileprivate func isEnding(_ task: TaskIdentity) -> Bool {
    switch target {
    // Handed over to the task meanwhile, the lock is waited for no longer.
    case .lock(let lock): if lock.holder == task || running.isCancelled { return true }
    case .task: if running.isCancelled { return true }
    // The end of children is waited for in any case.
    case .children: break
    }
    return record?._withUnsafeGuaranteedRef { $0.isTimed } ?? TimedTasks.contains(task)
  }

  fileprivate func snapshot(_ task: TaskIdentity) -> TaskSnapshot {
    let reason: WaitReason = if case .lock = target { .lock } else { .children }
    let known = record?._withUnsafeGuaranteedRef { $0.snapshot }
    return TaskSnapshot(
      id: known?.id ?? task.number, name: known?.name, state: .waiting, waitsFor: reason,
      createdAt: known?.createdAt ?? "not created by AsyncIO")
  }
}
