// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import Synchronization

/// Something that a ring does and reports once, when it is done.
///
/// The kernel works on memory that belongs to the request until then, so a request is kept until it completes, also
/// when it is cancelled: cancelling only asks the kernel to hurry.
///
/// Open for the layers above, which know what the result means to a task.
///
/// Unchecked: `number` and `isComplete` belong to the loop's thread; `result` is written before `didComplete` is called, which
/// publishes it.
@_spi(AsyncIO)
open class RingRequest: @unchecked Sendable {
  /// Writes the request into the ring's queue, under the number with which it completes.
  public typealias Preparation = @Sendable (_ ring: OpaquePointer, _ number: UInt64) -> Void

  /// The result of a request that was given up, also because the loop had ended before: ECANCELED.
  public static let cancelled: Int32 = -125

  package final let prepare: Preparation
  /// 0 until the ring has it.
  package final var number: UInt64 = 0
  /// Given up before the ring had it.
  package final let isCancelled = Atomic<Bool>(false)
  package private(set) final var isComplete = false
  /// What the system call of that name returns, or minus an error number.
  package private(set) final var result: Int32 = 0

  /// Makes a request that is written by `prepare`.
  public init(prepare: @escaping Preparation) { self.prepare = prepare }

  /// Ends the request; on the loop's thread, or by the code that drops one that was never handed over.
  package final func complete(_ result: Int32) {
    self.result = result
    isComplete = true
    didComplete()
  }

  /// The request has its result.
  open func didComplete() {}

  /// The kernel has let go of memory that it went on reading after the result; on the loop's thread.
  open func released(wasCopied: Bool) {}
}
