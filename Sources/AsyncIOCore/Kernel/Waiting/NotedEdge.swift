// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A wait of the running task that is noted in its loop's graph while it lasts.
struct NotedEdge {
  // Retained: a task may outlive the loop on which it began to wait.
  private let graph: WaitGraph
  private let task: TaskIdentity
  /// Set when the wait would never end.
  let deadlock: DeadlockError?

  /// Nil off loops, and where deadlocks are not looked for.
  static func begin(_ task: TaskIdentity, _ target: WaitGraph.Target) -> NotedEdge? {
    guard task != .none, let graph = EventLoop.withCurrent({ $0.waitGraph }) ?? nil else {
      return nil
    }
    return NotedEdge(graph: graph, task: task, deadlock: graph.add(task, target))
  }

  private init(graph: WaitGraph, task: TaskIdentity, deadlock: DeadlockError?) {
    self.graph = graph
    self.task = task
    self.deadlock = deadlock
  }

  func end() { graph.remove(task) }
}
