// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Which task of a loop waits for which: for a lock, whose holder is known, or for the end of a child.
///
/// A task that would close a circle is told so before it waits: nobody in it could ever go on. A circle with a timeout in
/// it is none, since that ends it.
///
/// Belongs to the loop's thread, on which every other task stands still: what a waiting task refers to is there. Tasks
/// outside loops are not seen.
final class WaitGraph {
  /// What a task waits for.
  enum Target {
    case lock(Unmanaged<AsyncLock>)
    case task(TaskIdentity)
    case children(Unmanaged<Children>)
  }

  struct Wait {
    fileprivate let task: TaskIdentity
    fileprivate let target: Target
    /// Held by the task, for as long as it waits.
    fileprivate let record: Unmanaged<TaskRecord>?
    fileprivate var next: UnsafeMutablePointer<Wait>?
    fileprivate var previous: UnsafeMutablePointer<Wait>?
  }

  // The waits by task, in lists: one that begins or ends takes a few instructions.
  private static let listCount = 256
  private let lists = UnsafeMutablePointer<UnsafeMutablePointer<Wait>?>.allocate(
    capacity: listCount)
  private var free: [UnsafeMutablePointer<Wait>] = []
  /// How many tasks wait for locks.
  private(set) var lockWaits = 0

  init() { lists.initialize(repeating: nil, count: Self.listCount) }

  deinit {
    for wait in free { wait.deallocate() }
    lists.deallocate()
  }

  // MARK: Waits

  func add(_ task: TaskIdentity, _ target: Target) -> UnsafeMutablePointer<Wait> {
    let wait = free.popLast() ?? .allocate(capacity: 1)
    let list = lists + task.bucket(of: Self.listCount)
    wait.initialize(
      to: Wait(
        task: task, target: target, record: TaskRecord.unretainedCurrent, next: list.pointee,
        previous: nil))
    list.pointee?.pointee.previous = wait
    list.pointee = wait
    if case .lock = target { lockWaits += 1 }
    return wait
  }

  func remove(_ wait: UnsafeMutablePointer<Wait>) {
    let (next, previous) = (wait.pointee.next, wait.pointee.previous)
    if let previous {
      previous.pointee.next = next
    } else {
      lists[wait.pointee.task.bucket(of: Self.listCount)] = next
    }
    next?.pointee.previous = previous
    if case .lock = wait.pointee.target { lockWaits -= 1 }
    wait.deinitialize(count: 1)
    free.append(wait)
  }

  private func wait(of task: TaskIdentity) -> UnsafeMutablePointer<Wait>? {
    var wait = lists[task.bucket(of: Self.listCount)]
    while let candidate = wait, candidate.pointee.task != task { wait = candidate.pointee.next }
    return wait
  }

  // MARK: Circles

  /// The circle that a wait closes, beginning with its task; nil if there is none.
  func circle(closedBy wait: UnsafeMutablePointer<Wait>) -> DeadlockError? {
    var path = [wait]
    var visited: Set<TaskIdentity> = []
    guard isConnected(wait, to: wait.pointee.task, &path, &visited),
      !path.contains(where: { $0.pointee.isTimed })
    else { return nil }
    return DeadlockError(tasks: path.map { $0.pointee.snapshot }, isCircle: true)
  }

  /// Whether what `wait` waits for waits for `task` in turn; then `path` leads there.
  private func isConnected(
    _ wait: UnsafeMutablePointer<Wait>, to task: TaskIdentity,
    _ path: inout [UnsafeMutablePointer<Wait>], _ visited: inout Set<TaskIdentity>
  ) -> Bool {
    for other in wait.pointee.awaited {
      if other == task { return true }
      guard visited.insert(other).inserted, let next = self.wait(of: other) else { continue }
      path.append(next)
      if isConnected(next, to: task, &path, &visited) { return true }
      path.removeLast()
    }
    return false
  }
}

extension WaitGraph.Wait {
  /// The tasks that have to act before the wait can end.
  fileprivate var awaited: [TaskIdentity] {
    switch target {
    case .lock(let lock):
      let holder = lock._withUnsafeGuaranteedRef { $0.holder }
      // Handed over to the task meanwhile, it is waited for no longer.
      return holder == .none || holder == task ? [] : [holder]
    case .task(let other): return [other]
    case .children(let children): return children._withUnsafeGuaranteedRef { $0.liveIdentities }
    }
  }

  /// Whether the task would be cancelled by a timeout.
  fileprivate var isTimed: Bool { record?._withUnsafeGuaranteedRef { $0.isTimed } ?? false }

  fileprivate var snapshot: TaskSnapshot {
    let reason: WaitReason = if case .lock = target { .lock } else { .children }
    guard let record else {
      return TaskSnapshot(
        id: task.number, name: nil, state: .waiting, waitsFor: reason,
        createdAt: "not created by AsyncIO")
    }
    return record._withUnsafeGuaranteedRef { record in
      let snapshot = record.snapshot
      return TaskSnapshot(
        id: snapshot.id, name: snapshot.name, state: .waiting, waitsFor: reason,
        createdAt: snapshot.createdAt)
    }
  }
}

/// A wait of the running task that is noted in its loop's graph while it lasts.
struct NotedEdge {
  // Neither is retained: the loop lives while its tasks wait, and has both.
  private let graph: Unmanaged<WaitGraph>
  private let wait: UnsafeMutablePointer<WaitGraph.Wait>
  /// Set when the wait would never end.
  let deadlock: DeadlockError?

  /// Nil off loops, and where deadlocks are not looked for.
  static func begin(_ task: TaskIdentity, _ target: WaitGraph.Target) -> NotedEdge? {
    EventLoop.withCurrent { loop -> NotedEdge? in
      guard let graph = loop.waitGraph, task != .none else { return nil }
      let wait = graph.add(task, target)
      return NotedEdge(
        graph: .passUnretained(graph), wait: wait, deadlock: graph.circle(closedBy: wait))
    } ?? nil
  }

  private init(
    graph: Unmanaged<WaitGraph>, wait: UnsafeMutablePointer<WaitGraph.Wait>,
    deadlock: DeadlockError?
  ) {
    self.graph = graph
    self.wait = wait
    self.deadlock = deadlock
  }

  func end() { graph._withUnsafeGuaranteedRef { $0.remove(wait) } }
}
