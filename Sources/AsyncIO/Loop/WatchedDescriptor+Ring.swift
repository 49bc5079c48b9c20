// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a ring brings by itself for a descriptor once it was asked.
enum Intake {
  /// The bytes of a stream.
  case bytes
  /// The connections to a listening socket.
  case connections
  /// Nothing: each call is a request.
  case nothing
}

/// A descriptor whose calls a ring makes.
///
/// It is asked when a task first waits, and goes on for as long as somebody takes what it brings
/// (`Delivered`). A report is then what says that something was brought; everything else is as with
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
    guard let ring = loop.ring, !isClosed else { return }
    switch (direction, intake) {
    case (.read, .bytes): ring.takeIn(.bytes, descriptor, token: token)
    case (.read, .connections): ring.takeIn(.connections, descriptor, token: token)
    case (.read, _): ring.pollOnce(descriptor, for: .read, token: token)
    case (.write, _): ring.pollOnce(descriptor, for: .write, token: token)
    }
  }

  /// The ring has stopped, of itself or because it was asked to; on the loop's thread.
  final func intakeEnded() {
    isPausing = false
    if reading.endAsking() { askOnLoop(.read) }
  }

  /// A poll has ended; on the loop's thread.
  final func pollEnded(_ interest: Interest, _ readiness: Readiness) {
    if interest.contains(.read) {
      if reading.endAsking(), !readiness.contains(.read) { askOnLoop(.read) }
    } else if writing.endAsking(), !readiness.contains(.write) {
      askOnLoop(.write)
    }
    report(readiness)
  }

  /// Has the ring bring no more for now; the next wait asks it again.
  final func pauseIntake() {
    guard intake != nil else { return }
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
    _ name: StaticString,
    _ prepare:
      @escaping @Sendable (_ ring: OpaquePointer, _ descriptor: Int32, _ request: UInt64) -> Void
  ) async throws -> Int {
    try await request(
      name,
      making: { descriptor in
        RingOperation(.transfer) { prepare($0, descriptor, $1) }
      })
  }

  /// As above, with an operation of some other kind.
  final func request(
    _ name: StaticString, making makeOperation: (_ descriptor: Int32) -> RingOperation
  ) async throws -> Int {
    guard let ring = loop.ring, let delivered else { throw StreamClosedError() }
    while true {
      try RunningTask.checkCancellation()
      let result = try await withDescriptorInUse { descriptor in
        let operation = makeOperation(descriptor)
        delivered.withLock { $0.operations.append(operation) }
        defer { delivered.withLock { $0.operations.removeAll { $0 === operation } } }
        // Closed just before, nobody would take it back.
        if isClosed { throw StreamClosedError() }
        return await operation.perform(on: loop, ring)
      }
      if result >= 0 { return Int(result) }
      if isClosed { throw StreamClosedError() }
      if result == RingOperation.cancelled, loop.isEnded { throw EventLoopError.ended(loop) }
      // Taken back, or interrupted: asked again, unless the task is cancelled.
      if result == RingOperation.cancelled || SystemError.isInterruption(-Int(result)) { continue }
      throw SystemError(call: "\(name)", errno: -result)
    }
  }

  /// The descriptor is closed: takes back what the ring is at, and then gives the number back.
  final func endRequests() {
    if let ring = loop.ring, let operations = delivered?.withLock({ $0.operations }) {
      for operation in operations { loop.onLoop { _ in ring.cancel(operation) } }
    }
    if loop.isCurrent || loop.isEnded { return endWatch() }
    loop.post(ReadyEntry(callback: LastCall(self)))
  }
}

/// The end of a descriptor that another thread has closed, on the loop's thread.
private final class LastCall: LoopCallback, @unchecked Sendable {
  private let watched: WatchedDescriptor

  init(_ watched: WatchedDescriptor) { self.watched = watched }

  override func run(on loop: EventLoop) { watched.endWatch() }

  // The loop has ended, and taken everything back.
  override func discard() { watched.endWatch() }
}
