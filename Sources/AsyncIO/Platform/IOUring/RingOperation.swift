// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Something the kernel does by itself, and reports when it is done.
///
/// What it works on belongs to it until then: whoever waits does so to the end, also when it is cancelled.
/// That only asks the kernel to hurry.
///
/// Unchecked: `request` belongs to the loop's thread, `subject` to who starts it and then to that; `result` is written before `once` is decided, and read
/// after.
class RingOperation: @unchecked Sendable {
  typealias Preparation = @Sendable (_ ring: OpaquePointer, _ request: UInt64) -> Void

  /// What an operation is to the loop, and whether the kernel is asked to give up when the task is cancelled.
  enum Kind {
    /// A call in flight, as one on another thread: virtual time stands still, and the end of the run waits.
    case call
    /// The same, but it ends with the task or the run.
    case interruptibleCall
    /// A wait for a peer: it ends with the task or the run, and virtual time goes on.
    case transfer
  }

  /// The result of what was given up, also because the loop had ended before: ECANCELED.
  static let cancelled: Int32 = -125

  final let once = OneShot()
  final let kind: Kind
  final let prepare: Preparation
  /// 0 until the ring has it.
  final var request: UInt64 = 0
  /// Given up before the ring had it.
  final let isCancelled = Atomic<Bool>(false)
  /// The descriptor it is about, which stays open until it is done.
  final var subject: WatchedDescriptor?
  private(set) final var result: Int32 = 0

  init(_ kind: Kind = .call, _ prepare: @escaping Preparation) {
    self.kind = kind
    self.prepare = prepare
  }

  final func complete(_ result: Int32) {
    self.result = result
    subject.take()?.requestEnded(self)
    once.decide(.granted)
  }

  /// The kernel has let go of memory that it went on reading after the result; on the loop's thread.
  func released(wasCopied: Bool) {}

  /// Has the kernel do what it is asked, and waits for the end, whatever happens; what it says: minus an
  /// error number, or what the call of that name returns.
  final func perform(
    on loop: EventLoop, _ backend: RingBackend, _ reason: WaitReason = .completion
  ) async -> Int32 {
    begin(on: loop)
    defer { end(on: loop) }
    if loop.isCurrent {
      backend.start(self)
    } else {
      loop.post(.entry(ReadyEntry(callback: RingStart(self, backend))))
    }
    switch kind {
    case .call: await parkUncancellably(reason, once.address)
    case .interruptibleCall, .transfer:
      await park(reason, once.address) { loop.onLoop { _ in backend.cancel(self) } }
    }
    // Read after the decision, which makes what was written before it visible here.
    require(once.isDecided, "RingOperation: resumed before its end")
    return result
  }

  private func begin(on loop: EventLoop) {
    loop.watchedCount.wrappingAdd(1, ordering: .relaxed)
    switch kind {
    case .transfer: loop.waitsForIO.wrappingAdd(1, ordering: .relaxed)
    case .interruptibleCall: loop.holds.wrappingAdd(1, ordering: .acquiringAndReleasing)
    case .call:
      loop.holds.wrappingAdd(1, ordering: .acquiringAndReleasing)
      loop.operations.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
  }

  private func end(on loop: EventLoop) {
    switch kind {
    case .transfer: loop.waitsForIO.wrappingSubtract(1, ordering: .relaxed)
    case .interruptibleCall: loop.holds.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    case .call:
      loop.operations.wrappingSubtract(1, ordering: .acquiringAndReleasing)
      loop.holds.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
    loop.watchedCount.wrappingSubtract(1, ordering: .relaxed)
    // It may sleep because of this.
    if !loop.isEnded { loop.wake() }
  }
}

/// Hands an operation to the ring, on the loop's thread.
///
/// Unchecked: nothing changes.
private final class RingStart: LoopCallback, @unchecked Sendable {
  private let operation: RingOperation
  private let backend: RingBackend

  init(_ operation: RingOperation, _ backend: RingBackend) {
    self.operation = operation
    self.backend = backend
  }

  override func run(on loop: EventLoop) { backend.start(operation) }

  // Nobody will ever hand it over.
  override func discard() { operation.complete(RingOperation.cancelled) }
}
