// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// Any task, for cancelling it and telling it apart.
  @usableFromInline
  struct ErasedTask: Sendable {
    private let cancelTask: @Sendable () -> Void

    /// The same for all references to one task, and for no other task that lives.
    let identity: UInt

    /// Whether `isLastReference` can tell.
    static let countsReferences = false

    @usableFromInline
    init<Success, Failure>(_ task: Task<Success, Failure>) {
      cancelTask = { task.cancel() }
      identity = UInt(bitPattern: task.hashValue)
    }

    init(_ task: UnsafeCurrentTask) {
      // Kept, so that no other task gets its memory and its identity.
      let kept = UncheckedSendable(task)
      cancelTask = { kept.value.cancel() }
      identity = UInt(bitPattern: task.hashValue)
    }

    func cancel() { cancelTask() }

    /// A number that no other task that lives has.
    var number: UInt64 { UInt64(identity) }

    /// Whether this is the only reference left, which the standard library does not tell.
    func isLastReference() -> Bool { false }
  }

  extension TaskIdentity {
    init(_ task: UnsafeCurrentTask) {
      self.init(number: UInt64(UInt(bitPattern: task.hashValue)))
    }
  }
#endif
