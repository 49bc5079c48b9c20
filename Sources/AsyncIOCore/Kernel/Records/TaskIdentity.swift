// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Tells tasks apart, for ever: no two tasks of a process have the same identity.
struct TaskIdentity: Hashable, Sendable {
  let number: UInt64

  static let none = TaskIdentity(number: 0)

  init(number: UInt64) { self.number = number }

  init(_ task: ErasedTask) { number = task.number }

  /// The running task; `none` outside tasks.
  static var current: TaskIdentity {
    withUnsafeCurrentTask { task in
      task.map { TaskIdentity($0) } ?? .none
    }
  }
}
