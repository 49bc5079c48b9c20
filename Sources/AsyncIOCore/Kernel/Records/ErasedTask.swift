// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Any task, for cancelling it and telling it apart.
///
/// A `Task` is one reference, whatever its types.
@usableFromInline
struct ErasedTask: Sendable {
  @usableFromInline let task: Task<Void, Never>

  @inlinable
  init<Success, Failure>(_ task: Task<Success, Failure>) {
    self.task = unsafeBitCast(task, to: Task<Void, Never>.self)
  }

  init(_ task: UnsafeCurrentTask) {
    self.task = unsafeBitCast(task, to: Task<Void, Never>.self)
  }

  func cancel() { task.cancel() }

  /// The same for all references to one task, and for no other task that lives.
  var identity: UInt { unsafeBitCast(task, to: UInt.self) }

  /// Whether this is the only reference left: nobody can await the task any more.
  mutating func isLastReference() -> Bool {
    withUnsafeMutablePointer(to: &self) { pointer in
      pointer.withMemoryRebound(to: AnyObject.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    }
  }
}
