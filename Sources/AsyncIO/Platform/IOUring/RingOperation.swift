// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Something the kernel does by itself, and reports when it is done.
///
/// What it works on belongs to it until then: whoever waits does so to the end, also when it is cancelled.
/// That only asks the kernel to hurry.
///
/// Unchecked: `request` and `isCancelled` belong to the loop's thread; `result` is written before `once` is decided, and read
/// after.
final class RingOperation: @unchecked Sendable {
  typealias Preparation = @Sendable (_ ring: OpaquePointer, _ request: UInt64) -> Void

  /// The result where the loop had ended before: ECANCELED.
  static let discarded: Int32 = -125

  let once = OneShot()
  let prepare: Preparation
  /// 0 until the ring has it.
  var request: UInt64 = 0
  /// Given up before the ring had it.
  var isCancelled = false
  private(set) var result: Int32 = 0

  private init(_ prepare: @escaping Preparation) { self.prepare = prepare }

  func complete(_ result: Int32) {
    self.result = result
    once.decide(.granted)
  }

  /// Has the kernel do what `prepare` asks it to, and waits for the end, whatever happens; what it says:
  /// minus an error number, or what the call of that name returns.
  ///
  /// - `isInterruptible`: When the task is cancelled, the kernel is asked to give up, and says so if it has.
  static func perform(
    on loop: EventLoop, _ backend: RingBackend, isInterruptible: Bool = false,
    _ prepare: @escaping Preparation
  ) async -> Int32 {
    let operation = RingOperation(prepare)
    begin(on: loop, isInterruptible)
    defer { end(on: loop, isInterruptible) }
    if loop.isCurrent {
      backend.start(operation)
    } else {
      loop.post(ReadyEntry(callback: RingStart(operation, backend)))
    }
    if isInterruptible {
      await park(.completion, operation.once.address) {
        loop.onLoop { _ in backend.cancel(operation) }
      }
    } else {
      await parkUncancellably(.completion, operation.once.address)
    }
    return withExtendedLifetime(operation) { operation.result }
  }

  /// To the loop this is as a call on another thread: it may end at any time, virtual time stands still, and
  /// the end of the run waits for it, unless it can be interrupted.
  private static func begin(on loop: EventLoop, _ isInterruptible: Bool) {
    loop.holds.wrappingAdd(1, ordering: .acquiringAndReleasing)
    loop.watchedCount.wrappingAdd(1, ordering: .relaxed)
    if !isInterruptible { loop.operations.wrappingAdd(1, ordering: .acquiringAndReleasing) }
  }

  private static func end(on loop: EventLoop, _ isInterruptible: Bool) {
    if !isInterruptible { loop.operations.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
    loop.watchedCount.wrappingSubtract(1, ordering: .relaxed)
    loop.holds.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    // It may sleep because of this.
    if !loop.isEnded { loop.wake() }
  }
}

/// Hands an operation to the ring, on the loop's thread.
private final class RingStart: LoopCallback, @unchecked Sendable {
  private let operation: RingOperation
  private let backend: RingBackend

  init(_ operation: RingOperation, _ backend: RingBackend) {
    self.operation = operation
    self.backend = backend
  }

  override func run(on loop: EventLoop) { backend.start(operation) }

  // Nobody will ever hand it over.
  override func discard() { operation.complete(RingOperation.discarded) }
}
