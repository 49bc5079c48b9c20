// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Synchronization

/// What a ring is asked for and answers.
extension WatchedDescriptor {
  /// Makes the operation that has a ring make a call on this descriptor.
  typealias Request = (_ descriptor: Int32) -> RingOperation

  /// Has the ring make a call, and waits for its end, also when the task is cancelled or the descriptor
  /// closed: what it works on is the kernel's until then.
  ///
  /// Returns what the call returns; throws `CancellationError` only if it has done nothing.
  final func request(
    _ name: StaticString, _ direction: Direction, _ makeOperation: Request
  ) async throws -> Int {
    guard let ring = loop.ring else { throw StreamClosedError() }
    while true {
      try RunningTask.checkCancellation()
      guard beginUse() else { throw StreamClosedError() }
      let operation = makeOperation(descriptor)
      add(operation)
      let result = await operation.perform(
        on: loop, ring, direction == .read ? .readable : .writable)
      if result >= 0 {
        // The next call is worth a try.
        side(direction) { $0.markReady() }
        return Int(result)
      }
      if isClosed { throw StreamClosedError() }
      if result == RingRequest.cancelled, loop.isEnded { throw EventLoopError.ended(loop) }
      // Taken back, or interrupted: asked again, unless the task is cancelled.
      if result == RingRequest.cancelled || SystemError.isInterruption(-Int(result)) { continue }
      throw SystemError(call: "\(name)", errno: -result)
    }
  }

  private final func add(_ operation: RingOperation) {
    operation.subject = self
    inbox?.withLock { $0.operations.append(operation) }
    // Closed just before, nobody else takes it back.
    if isClosed { operation.isCancelled.store(true, ordering: .releasing) }
  }

  /// The kernel is done with an operation, and with the descriptor.
  final func requestEnded(_ operation: RingOperation) {
    inbox?.withLock { $0.operations.removeAll { $0 === operation } }
    endUse()
  }
}
