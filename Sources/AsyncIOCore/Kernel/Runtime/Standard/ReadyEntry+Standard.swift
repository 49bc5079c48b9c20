// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// Something for the loop to run: a Swift job for one of its executors, or a callback.
  package struct ReadyEntry {
    let kind: ReadyEntryKind
    private let unownedJob: UnownedJob?
    private let callback: Unmanaged<LoopStep>?

    /// The first of the queue's callbacks.
    static let scheduled = ReadyEntry(.scheduled, job: nil, callback: nil)

    private init(_ kind: ReadyEntryKind, job: UnownedJob?, callback: Unmanaged<LoopStep>?) {
      self.kind = kind
      unownedJob = job
      self.callback = callback
    }

    init(job: UnownedJob, kind: ReadyEntryKind) { self.init(kind, job: job, callback: nil) }

    package init(callback: LoopStep) {
      self.init(.callback, job: nil, callback: .passRetained(callback))
    }

    var job: UnownedJob {
      guard let unownedJob else { failRequirement("ReadyEntry: no job") }
      return unownedJob
    }

    /// What `ErasedTask.identity` is for the task of the job; nil if that is not known.
    var taskIdentity: UInt? { nil }

    /// The object that is used when this is run; 0 if that is not known.
    var address: UInt { 0 }

    /// Takes the reference that the entry holds.
    func takeCallback() -> LoopStep {
      guard let callback else { failRequirement("ReadyEntry: no callback") }
      return callback.takeRetainedValue()
    }
  }
#endif
