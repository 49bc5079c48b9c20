// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// One task that waits for one direction of a descriptor.
///
/// Unchecked: `failure` is written before `once` is decided, and read after.
class DescriptorWait: @unchecked Sendable {
  let descriptor: Int32
  let direction: Interest
  let once = OneShot()
  private var failure: EventLoopError?

  init(_ descriptor: Int32, _ direction: Interest) {
    self.descriptor = descriptor
    self.direction = direction
  }

  /// Ends the wait; false when it had ended before.
  @discardableResult
  func end(_ signal: OneShot.Signal, on loop: EventLoop) -> Bool { once.decide(signal) }

  /// On the loop's thread only: the other deciders give no error.
  func fail(_ error: EventLoopError, on loop: EventLoop) {
    if once.isDecided { return }
    failure = error
    end(.closed, on: loop)
  }

  /// Throws what came instead of readiness.
  func check(on loop: EventLoop) throws {
    switch once.signal {
    case .granted: return
    case .cancelled, nil: throw CancellationError()
    case .ended: throw EventLoopError.ended(loop)
    case .closed:
      throw failure
        ?? EventLoopError(
          .descriptorClosed, "descriptor \(descriptor) was closed while a task waited for it")
    }
  }
}
