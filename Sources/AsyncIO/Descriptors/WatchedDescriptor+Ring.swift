// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Synchronization

/// A descriptor whose calls a ring makes.
///
/// It is asked when a task first waits, and goes on for as long as a task takes what it brings
/// (`RingInbox`). A report is then what says that something was brought; everything else is as with
/// readiness. Nothing the ring is at may meet another file with the same number, so a descriptor is closed
/// after what was asked for it has reached the kernel and was taken back.
extension WatchedDescriptor {
  // MARK: Asking

  /// Asks the ring for what a task waits for; from any thread.
  final func askRing(_ direction: Direction) {
    if loop.isCurrent { return askOnLoop(direction) }
    loop.onLoop { _ in self.askOnLoop(direction) }
  }

  private final func askOnLoop(_ direction: Direction) {
    // Closed meanwhile, its number may be another file's.
    guard let ring = loop.ring, !isClosed, !loop.isEnded else { return }
    switch (direction, nextRingReceive) {
    case (.read, let receive?) where receive != .nothing:
      ring.startReceiving(receive, descriptor, token: token)
    case (.read, _): ring.pollOnce(descriptor, for: .read, token: token)
    case (.write, _): ring.pollOnce(descriptor, for: .write, token: token)
    }
  }

  /// The ring has stopped, of itself or because it was asked to; on the loop's thread.
  final func endReceiving() {
    isPausing = false
    if reading.endAsking() { askOnLoop(.read) }
  }

  /// A poll has ended; on the loop's thread.
  final func endPoll(_ interest: Interest, _ readiness: Readiness) {
    // Of the other direction the ring itself will tell.
    report(
      readiness.intersection(interest.contains(.read) ? [.read, .readEnd] : [.write, .writeEnd]))
    if interest.contains(.read) {
      if reading.endAsking() { askOnLoop(.read) }
    } else if writing.endAsking() {
      askOnLoop(.write)
    }
  }

  /// Has the ring bring no more for now; the next wait asks it again.
  final func pauseReceiving() {
    guard ringReceive != nil else { return }
    loop.onLoop { _ in self.pauseOnLoop() }
  }

  private final func pauseOnLoop() {
    // Closed meanwhile, its token may be another's.
    guard let ring = loop.ring, !isPausing, !isClosed else { return }
    isPausing = ring.pause(token)
  }

  // MARK: Requests

  /// Has the ring make a call, and waits for its end, also when the task is cancelled or the descriptor
  /// closed: what it works on is the kernel's until then.
  ///
  /// Returns what the call returns; throws `CancellationError` only if it has done nothing.
  final func request(
    _ name: StaticString, _ direction: Direction,
    _ prepare:
      @escaping @Sendable (_ ring: OpaquePointer, _ descriptor: Int32, _ request: UInt64) -> Void
  ) async throws -> Int {
    try await request(
      name, direction,
      making: { descriptor in
        RingOperation(.transfer) { prepare($0, descriptor, $1) }
      })
  }

  /// As above, with an operation of some other kind.
  final func request(
    _ name: StaticString, _ direction: Direction,
    making makeOperation: (_ descriptor: Int32) -> RingOperation
  ) async throws -> Int {
    guard let ring = loop.ring else { throw StreamClosedError() }
    while true {
      try RunningTask.checkCancellation()
      guard beginUse() else { throw StreamClosedError() }
      let operation = makeOperation(descriptor)
      add(operation)
      let result = await operation.perform(
        on: loop, ring, direction == .read ? .readable : .writable)
      if result >= 0 { return Int(result) }
      if isClosed { throw StreamClosedError() }
      if result == RingRequest.cancelled, loop.isEnded { throw EventLoopError.ended(loop) }
      // Taken back, or interrupted: asked again, unless the task is cancelled.
      if result == RingRequest.cancelled || SystemError.isInterruption(-Int(result)) { continue }
      throw SystemError(call: "\(name)", errno: -result)
    }
  }

  private final func add(_ operation: RingOperation) {
    operation.subject = self
    ringInbox?.withLock { $0.operations.append(operation) }
    // Closed just before, nobody else takes it back.
    if isClosed { operation.isCancelled.store(true, ordering: .releasing) }
  }

  /// The kernel is done with an operation, and with the descriptor.
  final func requestEnded(_ operation: RingOperation) {
    ringInbox?.withLock { $0.operations.removeAll { $0 === operation } }
    endUse()
  }

  /// The descriptor is closed: takes back what the ring is at, and then gives the number back.
  final func endRequests() {
    let operations = ringInbox?.withLock { $0.operations } ?? []
    guard let ring = loop.ring, loop.isCurrent || loop.isEnded else {
      // A loop that has ended has taken everything back.
      return loop.onLoop(otherwise: { self.endWatch() }) { _ in self.endRequests() }
    }
    if loop.isCurrent { for operation in operations { ring.cancel(operation) } }
    endWatch()
    // Closed means closed: the address is free when `close` returns.
    if loop.isCurrent, !operations.isEmpty { ring.completeOperations() }
  }
}
