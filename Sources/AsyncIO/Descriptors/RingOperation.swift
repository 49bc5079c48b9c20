// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// A request to the ring that a task waits for.
///
/// What it works on belongs to the kernel until it is done: the task waits to the end, also when it is cancelled.
/// That only asks the kernel to hurry.
///
/// Unchecked: `subject` belongs to the task that starts it, and then to the loop's thread.
class RingOperation: RingRequest, @unchecked Sendable {
  final let once = OneShot()
  /// What the operation is to the loop: one that is a `ringCall` is not given up when its task is cancelled.
  final let kind: PendingWork.Kind
  /// The descriptor it is about, which stays open until it is done.
  final var subject: WatchedDescriptor?

  init(_ kind: PendingWork.Kind = .ringCall, _ prepare: @escaping Preparation) {
    self.kind = kind
    super.init(prepare: prepare)
  }

  override func didComplete() {
    subject.take()?.requestEnded(self)
    once.decide(.granted)
  }

  /// Has the kernel do what it is asked, and waits for the end, whatever happens; what it says: minus an
  /// error number, or what the call of that name returns.
  final func perform(
    on loop: EventLoop, _ backend: RingBackend, _ reason: WaitReason = .completion
  ) async -> Int32 {
    loop.pending.begin(kind)
    defer {
      loop.pending.end(kind)
      // It may sleep because of this.
      if !loop.isEnded { loop.wake() }
    }
    if loop.isCurrent {
      backend.start(self)
    } else {
      // With a loop that has ended, it will never be handed over.
      loop.onLoop(otherwise: { self.complete(RingRequest.cancelled) }) { _ in backend.start(self) }
    }
    switch kind {
    case .ringCall: await parkUncancellably(reason, once.address)
    default:
      await park(reason, once.address) { loop.onLoop { _ in backend.cancel(self) } }
    }
    // Read after the decision, which makes what was written before it visible here.
    require(once.isDecided, "RingOperation: resumed before its end")
    return result
  }

}
