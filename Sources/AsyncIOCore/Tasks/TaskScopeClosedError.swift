// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A child was started in a scope that is finished or was cancelled; its closure did not run.
public struct TaskScopeClosedError: Error, Hashable, CustomStringConvertible {
  /// The name the child would have had.
  public let childName: String?

  @usableFromInline
  init(childName: String?) { self.childName = childName }

  /// What happened.
  public var description: String {
    let child = childName.map { "task \"\($0)\"" } ?? "a task"
    return "\(child) was spawned in a task scope that is finished or was cancelled; it did not run"
  }
}
