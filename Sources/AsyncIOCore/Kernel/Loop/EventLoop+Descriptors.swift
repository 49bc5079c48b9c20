// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

extension EventLoop {
  /// Suspends until `descriptor` can be read without blocking: there are bytes, the end of the
  /// stream, an error, or a connection to accept.
  ///
  /// What lets C libraries run on the loop.
  ///
  /// Always suspends. One task may wait for each direction of a descriptor at a time; a regular
  /// file is always ready. A descriptor must not be closed while a task waits for it without
  /// ``closing(_:)`` being called first.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled, also before it waits; ``EventLoopError``
  ///   when another task waits already, when the descriptor is not valid, and when the loop ends.
  public func readable(_ descriptor: Int32) async throws {
    try await waitUntilReady(descriptor, for: .read, reason: .readable)
  }

  /// Suspends until `descriptor` can be written without blocking.
  ///
  /// See ``readable(_:)``.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled, also before it waits; ``EventLoopError``
  ///   when another task waits already, when the descriptor is not valid, and when the loop ends.
  public func writable(_ descriptor: Int32) async throws {
    try await waitUntilReady(descriptor, for: .write, reason: .writable)
  }

  /// Says that `descriptor` is about to be closed: a task that waits for it gets ``EventLoopError`` with
  /// the code `descriptorClosed`.
  ///
  /// Call it before close(2), on the loop's thread, so that no waiter is left behind to steal the
  /// events of the next file with this number.
  public func closing(_ descriptor: Int32) {
    let waits = descriptors.remove(descriptor, on: self)
    backendInUse.disarm(descriptor)
    for wait in waits { wait.end(.closed, on: self) }
  }

  private func waitUntilReady(
    _ descriptor: Int32, for direction: Interest, reason: WaitReason
  ) async throws {
    try RunningTask.checkCancellation()
    if isEnded { throw EventLoopError.ended(self) }
    guard observers.withLock({ $0.members[descriptor] == nil }) else {
      throw EventLoopError(
        .descriptorBusy, "descriptor \(descriptor) belongs to an open stream or socket of this loop"
      )
    }
    let wait = DescriptorWait(descriptor, direction)
    onLoop(otherwise: { wait.end(.ended, on: self) }) { loop in
      // The last steps of a loop come after it has ended the waits.
      if loop.isEnded { wait.end(.ended, on: loop) } else { loop.descriptors.add(wait, on: loop) }
    }
    await park(reason, wait.once.address) {
      if wait.once.decide(.cancelled) { onLoop { $0.descriptors.drop(wait, on: $0) } }
    }
    try wait.check(on: self)
  }
}
