// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A wait for a child, noted while it lasts.
@usableFromInline
struct ChildJoin {
  private let edge: NotedEdge

  /// Throws ``DeadlockError`` when the child waits, perhaps by way of others, for the running task; nil where nothing is
  /// noted.
  @usableFromInline
  init?(_ child: ErasedTask?) throws {
    guard let child, let edge = NotedEdge.begin(.current, .task(TaskIdentity(child))) else {
      return nil
    }
    if let deadlock = edge.deadlock {
      edge.end()
      throw deadlock
    }
    self.edge = edge
  }

  @usableFromInline
  func end() { edge.end() }
}
