// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
internal import Glibc
internal import Synchronization

/// An open descriptor that a loop watches in both directions for as long as it is open: what streams,
/// listeners and datagram sockets are made of.
///
/// A call is tried first, and only when it would block the task waits. Four parts, each by itself:
/// `DescriptorLifetime` says when the descriptor may be used and when its number is given back, `ReadinessWord` what is known of
/// each direction, `DescriptorSide` which task waits there, and `DescriptorSource` where reports and data come from.
///
/// May be used from any thread. One task may use each direction at a time; the owner of one of these sees
/// to that.
///
/// Unchecked: everything is constant or atomic.
class WatchedDescriptor: DescriptorObserver, @unchecked Sendable {
  enum Direction { case read, write }

  final let loop: EventLoop
  final let source: DescriptorSource
  /// Whether a short read has emptied it: so with TCP, and with what a ring has brought.
  ///
  /// A Unix socket stops at a message that carries
  /// descriptors, a terminal at a line.
  private final let isEmptiedByShortReads: Bool
  /// The kernel does not report on it: a regular file.
  private(set) final var isAlwaysReady = false
  final let reading = DescriptorSide(isReady: false)
  final let writing: DescriptorSide
  private final let lifetime = DescriptorLifetime()

  /// Takes over a descriptor, which must not block; closes it when that fails, unless it was adopted.
  ///
  /// - Parameters:
  ///   - usesRing: Whether a ring, where there is one, makes its calls.
  ///   - isConnecting: It can be written to once the kernel says so.
  init(
    _ descriptor: Int32, on loop: EventLoop, usesRing: Bool = false, isTCP: Bool = false,
    isConnecting: Bool = false, isAdopted: Bool = false
  ) throws {
    self.loop = loop
    source = usesRing && loop.ring != nil ? .ring(RingSource()) : .poll(PollSource())
    isEmptiedByShortReads = isTCP || source.inbox != nil
    writing = DescriptorSide(isReady: !isConnecting)
    super.init(descriptor)
    do {
      isAlwaysReady = try !source.begin(self)
    } catch {
      if !isAdopted { Syscalls.closeDescriptor(descriptor) }
      throw error
    }
    if isAlwaysReady { reading.report(isFinal: true) {} }
  }

  /// What a ring has brought; nil where the kernel reports readiness.
  @inline(__always)
  final var inbox: Guarded<RingInbox>? { source.inbox }

  // MARK: Calls

  /// Makes `call` as soon as it does not block; it returns what the system call returns, or minus an
  /// error number.
  ///
  /// Whether the task is cancelled is looked at only when it has to wait: the caller has looked before.
  ///
  /// - Parameter wanted: How many bytes the call asks for: with fewer, there are no more at the moment.
  @inline(__always)
  final func perform(
    _ name: StaticString, _ direction: Direction, wanted: Int = 0, _ call: (Int32) -> Int
  ) async throws -> Int {
    while true {
      if let result = try attempt(name, direction, wanted: wanted, call) {
        if countsAsTurn(direction) { await Task.yield() }
        return result
      }
      try await wait(for: direction)
    }
  }

  /// As `perform`; with a ring, the call that would block is made by the kernel as soon as it can be.
  ///
  /// - Parameter request: Makes the operation that has the ring make the call.
  @inline(__always)
  final func perform(
    _ name: StaticString, _ direction: Direction, wanted: Int = 0, _ call: (Int32) -> Int,
    orByRing request: Request
  ) async throws -> Int {
    while true {
      if let result = try attempt(name, direction, wanted: wanted, call) {
        if countsAsTurn(direction) { await Task.yield() }
        return result
      }
      if inbox != nil { return try await self.request(name, direction, request) }
      try await wait(for: direction)
    }
  }

  /// Makes `call` once; nil when it would block, or is known to.
  @inline(__always)
  final func attempt(
    _ name: StaticString, _ direction: Direction, wanted: Int = 0, _ call: (Int32) -> Int
  ) throws -> Int? {
    while true {
      let seen = side(direction) { $0.snapshot }
      // Closing wakes the task that waits, and one that would begin to.
      guard seen.isReady else { return nil }
      guard beginUse() else { throw StreamClosedError() }
      let result = call(descriptor)
      endUse()
      if result >= 0 {
        if result < wanted, isEmptiedByShortReads { noteShort(direction, seen) }
        return result
      }
      switch Int32(-result) {
      case EINTR: continue
      case EAGAIN:
        side(direction) { $0.clearReadiness(ifUnchangedSince: seen) }
        // Ready again, if there was a report meanwhile.
        continue
      case let number: throw SystemError(call: "\(name)", errno: number)
      }
    }
  }

  private final func isReady(_ direction: Direction) -> Bool {
    side(direction) { $0.snapshot.isReady }
  }

  /// Waits until a call is worth trying.
  final func waitUntilReady(_ direction: Direction) async throws {
    if RunningTask.isCancelled { throw CancellationError() }
    if isClosed { throw StreamClosedError() }
    if !isReady(direction) { try await wait(for: direction) }
  }

  /// Runs `body` on the descriptor unless it is closed.
  final func withDescriptor<Result>(_ body: (Int32) throws -> Result) throws -> Result {
    guard beginUse() else { throw StreamClosedError() }
    defer { endUse() }
    return try body(descriptor)
  }

  /// Runs `body` on the descriptor unless it is closed; the descriptor stays open until `body` has ended.
  final func withDescriptorInUse<Result>(
    _ body: (Int32) async throws -> Result
  ) async throws -> Result {
    guard beginUse() else { throw StreamClosedError() }
    defer { endUse() }
    return try await body(descriptor)
  }

  /// Whether the descriptor was closed, or is being closed.
  final var isClosed: Bool { lifetime.isClosed }

  /// Keeps everybody else from the descriptor, which the caller may use until `endUse`; false when it is closed, or
  /// another task is closing it.
  ///
  /// A task that waits to read gets `StreamClosedError`.
  final func beginClosing() -> Bool {
    guard lifetime.beginClosing() else { return false }
    if reading.end(.closed) { countWaitEnd() }
    return true
  }

  /// Closes the descriptor; a task that waits for it gets `StreamClosedError`.
  ///
  /// A second time does nothing.
  final func closeDescriptor() {
    // Closed, and in use by this call, in one step: the number stays ours until the watch has ended.
    guard lifetime.close() else { return }
    endWaits(.closed)
    didClose()
    source.end(self)
  }

  /// Ends the watch, and the use by the call that closes: the number is given back, if no other call uses it.
  final func endWatch() {
    loop.unwatch(self)
    endUse()
  }

  // MARK: Reports

  /// What the kernel says; on the loop's thread.
  final override func report(_ readiness: Readiness) {
    if readiness.contains(.read) {
      reading.report(isFinal: readiness.contains(.readEnd)) {
        countWaitEnd()
        readForWaiter()
      }
      if readiness.contains(.readEnd) { peerDidFinish() }
    }
    if readiness.contains(.write) {
      writing.report(isFinal: readiness.contains(.writeEnd)) { countWaitEnd() }
    }
  }

  /// Called on the loop's thread before a task that waits to read is resumed: while it is suspended, and
  /// no other code can resume it.
  func readForWaiter() {}

  /// Called on the loop's thread when the peer sends no more, or has gone; perhaps several times.
  func peerDidFinish() {}

  /// What a ring is asked for when a task waits to read.
  var nextRingReceive: RingReceive { .nothing }

  /// The descriptor was closed, once.
  func didClose() {}

  /// The ring has stopped, of itself or because it was asked to.
  final override func receivingEnded() {
    inbox?.withLock { $0.isPausing = false }
    recordAnswer(.read)
  }

  final override func pollEnded(_ interest: Interest, _ readiness: Readiness) {
    // Of the other direction the ring itself will tell.
    report(
      readiness.intersection(interest.contains(.read) ? [.read, .readEnd] : [.write, .writeEnd]))
    recordAnswer(interest.contains(.read) ? .read : .write)
  }

  private final func recordAnswer(_ direction: Direction) {
    if side(direction, { $0.recordAnswer() }) { source.ask(direction, of: self) }
  }

  /// The loop has ended: nothing is reported any more.
  final override func abandon() { endWaits(.ended) }

  private final func endWaits(_ signal: OneShot.Signal) {
    if reading.end(signal) { countWaitEnd() }
    if writing.end(signal) { countWaitEnd() }
  }

  @inline(__always)
  final func countWaitEnd() { loop.pending.end(.wait) }

  // MARK: Waiting

  /// Waits for a report; not at all when there has been one.
  @inline(__always)
  final func wait(for direction: Direction) async throws {
    switch direction == .read ? reading.beginWait() : writing.beginWait() {
    case .ready: return
    case .busy: throw StreamBusyError(direction == .read ? .read : .write)
    case .over(let signal): throw error(for: signal)
    case .waiting(let mustAsk): if mustAsk { source.ask(direction, of: self) }
    }
    loop.pending.begin(.wait)
    let signal: OneShot.Signal
    switch direction {
    case .read:
      await park(.readable, reading.wait) { self.cancelWait(.read) }
      signal = reading.finishWait()
    case .write:
      await park(.writable, writing.wait) { self.cancelWait(.write) }
      signal = writing.finishWait()
    }
    if signal != .granted { throw error(for: signal) }
  }

  private final func cancelWait(_ direction: Direction) {
    if side(direction, { $0.cancelWait() }) { countWaitEnd() }
  }

  final func error(for signal: OneShot.Signal) -> any Error {
    switch signal {
    case .granted, .cancelled: CancellationError()
    case .ended: EventLoopError.ended(loop)
    case .closed: StreamClosedError()
    }
  }

  // MARK: Bookkeeping

  @inline(__always)
  final func side<Result>(
    _ direction: Direction, _ body: (borrowing DescriptorSide) throws -> Result
  ) rethrows -> Result {
    try direction == .read ? body(reading) : body(writing)
  }

  /// The last bytes before the end of the stream are no sign that there is nothing more to see.
  @inline(__always)
  private final func noteShort(_ direction: Direction, _ seen: ReadinessWord) {
    if !seen.isFinal { side(direction) { $0.clearReadiness(ifUnchangedSince: seen) } }
  }

  /// Whether so many calls have succeeded at once that the next is to give others a turn.
  final func isTimeToYield(_ direction: Direction) -> Bool {
    side(direction) { $0.isTimeToYield() }
  }

  /// A task that never has to wait lets the others run now and then.
  @inline(__always)
  final func countsAsTurn(_ direction: Direction) -> Bool {
    side(direction) { $0.countsAsTurn() }
  }

  @inline(__always)
  final func beginUse() -> Bool {
    if lifetime.beginUse() { return true }
    endUse()
    return false
  }

  /// As `beginUse`, also while another task takes its time to close the descriptor.
  final func beginUseWhileClosing() -> Bool {
    if lifetime.beginUseWhileClosing() { return true }
    endUse()
    return false
  }

  @inline(__always)
  final func endUse() { if lifetime.endUse() { Syscalls.closeDescriptor(descriptor) } }
}
