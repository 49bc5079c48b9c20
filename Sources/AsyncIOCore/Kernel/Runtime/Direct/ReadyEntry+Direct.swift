// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  /// Something for the loop to run: a Swift job for one of its executors, or a callback.
  ///
  /// One word: the pointer, with its kind in the low bits, which alignment leaves free. The queue of
  /// these is the hottest memory of the loop.
  package struct ReadyEntry {
    let bits: UInt

    /// The first of the queue's callbacks.
    static let scheduled = ReadyEntry(bits: ReadyEntryKind.scheduled.rawValue)

    init(bits: UInt) { self.bits = bits }

    init(job: UnownedJob, kind: ReadyEntryKind) {
      bits = unsafeBitCast(job, to: UInt.self) | kind.rawValue
    }

    package init(callback: LoopStep) {
      bits =
        UInt(bitPattern: Unmanaged.passRetained(callback).toOpaque())
        | ReadyEntryKind.callback.rawValue
    }

    var kind: ReadyEntryKind {
      switch bits & 3 {
      case 0: .task
      case 1: .main
      case 2: .callback
      default: .scheduled
      }
    }

    var job: UnownedJob { unsafeBitCast(bits & ~3, to: UnownedJob.self) }

    /// What `ErasedTask.identity` is for the task of the job; nil if that is not known.
    var taskIdentity: UInt? { kind == .task || kind == .main ? bits & ~3 : nil }

    /// The object that is used when this is run.
    @inline(__always)
    var address: UInt { bits & ~3 }

    /// Takes the reference that the entry holds.
    func takeCallback() -> LoopStep {
      guard let pointer = UnsafeRawPointer(bitPattern: bits & ~3) else {
        failRequirement("ReadyEntry: no callback")
      }
      return Unmanaged<LoopStep>.fromOpaque(pointer).takeRetainedValue()
    }
  }
#endif
