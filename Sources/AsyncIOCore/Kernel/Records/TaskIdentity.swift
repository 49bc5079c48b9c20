// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Tells tasks apart, for ever: no two tasks of a process have the same identity.
struct TaskIdentity: Hashable, Sendable {
  let number: UInt64

  static let none = TaskIdentity(number: 0)

  private init(number: UInt64) { self.number = number }

  init(_ task: ErasedTask) { number = RuntimeTask.number(of: task) }

  /// The running task; `none` outside tasks.
  static var current: TaskIdentity {
    withUnsafeCurrentTask { task in
      task.map { TaskIdentity(number: RuntimeTask.number(of: $0)) } ?? .none
    }
  }
}
