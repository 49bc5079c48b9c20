// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  /// Any task, for cancelling it and telling it apart.
  ///
  /// A `Task` is one reference, whatever its types.
  @usableFromInline
  struct ErasedTask: Sendable {
    @usableFromInline let task: Task<Void, Never>

    /// Whether `isLastReference` can tell.
    static let countsReferences = true

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

    /// The number the runtime gave to the task; it gives each only once.
    var number: UInt64 { taskNumber(unsafeBitCast(task, to: UnsafeRawPointer.self)) }

    /// Whether this is the only reference left: the task can no longer be awaited.
    mutating func isLastReference() -> Bool {
      withUnsafeMutablePointer(to: &self) { pointer in
        pointer.withMemoryRebound(to: AnyObject.self, capacity: 1) {
          isKnownUniquelyReferenced(&$0.pointee)
        }
      }
    }
  }

  extension TaskIdentity {
    init(_ task: UnsafeCurrentTask) {
      self.init(number: taskNumber(unsafeBitCast(task, to: UnsafeRawPointer.self)))
    }
  }

  @_silgen_name("asyncio_task_number")
  private func taskNumber(_ job: UnsafeRawPointer) -> UInt64
#endif
