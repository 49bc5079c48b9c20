// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Something for the loop to run: a Swift job for one of its executors, or a callback.
///
/// One word: the pointer, with its kind in the low bits, which alignment leaves free. The queue of
/// these is the hottest memory of the loop.
package struct ReadyEntry {
  enum Kind: UInt {
    /// A job for the default executor, or by task executor preference.
    case task = 0
    /// A job of the main actor.
    case main = 1
    /// A `LoopStep`, retained by the entry.
    case callback = 2
    /// The first of the queue's callbacks.
    case scheduled = 3
  }

  let bits: UInt

  init(bits: UInt) { self.bits = bits }

  init(job: UnownedJob, kind: Kind) {
    bits = unsafeBitCast(job, to: UInt.self) | kind.rawValue
  }

  package init(callback: LoopStep) {
    bits = UInt(bitPattern: Unmanaged.passRetained(callback).toOpaque()) | Kind.callback.rawValue
  }

  var kind: Kind {
    switch bits & 3 {
    case 0: .task
    case 1: .main
    case 2: .callback
    default: .scheduled
    }
  }

  var job: UnownedJob { unsafeBitCast(bits & ~3, to: UnownedJob.self) }

  /// Takes the reference that the entry holds.
  func takeCallback() -> LoopStep {
    guard let pointer = UnsafeRawPointer(bitPattern: bits & ~3) else {
      failRequirement("ReadyEntry: no callback")
    }
    return Unmanaged<LoopStep>.fromOpaque(pointer).takeRetainedValue()
  }
}
