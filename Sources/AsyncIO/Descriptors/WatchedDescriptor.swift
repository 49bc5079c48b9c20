// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
internal import Glibc
internal import Synchronization

/// An open descriptor that a loop watches in both directions for as long as it is open: what streams,
/// listeners and datagram sockets are made of.
///
/// A call is tried first, and only when it would block the task waits. The kernel is told of the
/// descriptor once, and reports changes only (edge-triggered), so a wait costs no system call:
///
///     ready ──the call would block──► not ready ──report──► ready
///
/// A report that comes between the call and the note that it would have blocked must not get lost:
/// each side counts its reports, and only forgets the readiness that it had seen.
///
/// With a ring there need be no reports: it brings what comes by itself, and is asked for the rest
/// (`WatchedDescriptor+Ring.swift`).
///
/// May be used from any thread. One task may use each direction at a time; the owner of one of these sees
/// to that.
///
/// Unchecked: everything is atomic but what says which thread it belongs to.
class WatchedDescriptor: DescriptorObserver, @unchecked Sendable {
  enum Direction { case read, write }

  final let loop: EventLoop
  /// What the ring brings; nil where the kernel reports readiness.
  final let ringReceive: RingReceive?
  /// With a ring, what it has brought.
  final let ringInbox: Guarded<RingInbox>?
  /// The ring was asked to stop; belongs to the loop's thread.
  final var isPausing = false
  /// Whether a short read has emptied it: so with TCP, and with what a ring has brought.
  ///
  /// A Unix socket stops at a message that carries
  /// descriptors, a terminal at a line.
  private final let isEmptiedByShortReads: Bool
  /// The kernel does not report on it: a regular file.
  private(set) final var isAlwaysReady = false
  final let reading = WatchedSide(isReady: false)
  final let writing: WatchedSide
  /// Bit 0: closed; bit 1: closed, and no call uses it any more; bit 2: being closed, open to the call that closes
  /// it only.
  ///
  /// The rest: how many calls are under way, so that none meets another file that was
  /// given the same number meanwhile.
  private final let usage = Atomic<UInt32>(0)

  private static let closedBit: UInt32 = 1
  private static let goneBit: UInt32 = 2
  private static let closingBit: UInt32 = 4
  private static let oneUser: UInt32 = 8

  /// Takes over a descriptor, which must not block; closes it when that fails, unless it was adopted.
  ///
  /// - Parameters:
  ///   - receive: What the ring is to bring, where there is one.
  ///   - isConnecting: It can be written to once the kernel says so.
  init(
    _ descriptor: Int32, on loop: EventLoop, taking receive: RingReceive? = nil,
    isTCP: Bool = false,
    isConnecting: Bool = false, isAdopted: Bool = false
  ) throws {
    self.loop = loop
    ringReceive = loop.ring == nil ? nil : receive
    ringInbox = ringReceive == nil ? nil : Guarded(RingInbox())
    isEmptiedByShortReads = isTCP || ringReceive != nil
    writing = WatchedSide(isReady: !isConnecting)
    super.init(descriptor)
    do {
      if ringReceive == nil {
        isAlwaysReady = try !loop.watch(self)
      } else {
        try loop.register(self)
      }
    } catch {
      if !isAdopted { Syscalls.closeDescriptor(descriptor) }
      throw error
    }
    if isAlwaysReady, reading.note(isFinal: true) { reading.grant() }
  }

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

  /// Makes `call` once; nil when it would block, or is known to.
  @inline(__always)
  final func attempt(
    _ name: StaticString, _ direction: Direction, wanted: Int = 0, _ call: (Int32) -> Int
  ) throws -> Int? {
    while true {
      let seen = state(of: direction)
      // Closing wakes the task that waits, and one that would begin to.
      guard WatchedSide.isReady(seen) else { return nil }
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
        clearReadiness(direction, seen)
        // Ready again, if there was a report meanwhile.
        continue
      case let number: throw SystemError(call: "\(name)", errno: number)
      }
    }
  }

  /// Waits until a call is worth trying.
  final func waitUntilReady(_ direction: Direction) async throws {
    if RunningTask.isCancelled { throw CancellationError() }
    if isClosed { throw StreamClosedError() }
    if !WatchedSide.isReady(state(of: direction)) { try await wait(for: direction) }
  }

  /// Runs `body` on the descriptor unless it is closed.
  final func withDescriptor<Result>(_ body: (Int32) throws -> Result) throws -> Result {
    guard beginUse() else { throw StreamClosedError() }
    defer { endUse() }
    return try body(descriptor)
  }

  /// As above; the descriptor stays open until `body` has ended.
  final func withDescriptorInUse<Result>(
    _ body: (Int32) async throws -> Result
  ) async throws -> Result {
    guard beginUse() else { throw StreamClosedError() }
    defer { endUse() }
    return try await body(descriptor)
  }

  /// Whether the descriptor was closed, or is being closed.
  final var isClosed: Bool {
    usage.load(ordering: .acquiring) & (Self.closedBit | Self.closingBit) != 0
  }

  /// Keeps everybody else from the descriptor, which the caller may use until `endUse`; false when it is closed, or
  /// another task is closing it.
  ///
  /// A task that waits to read gets `StreamClosedError`.
  final func beginClosing() -> Bool {
    var current = usage.load(ordering: .acquiring)
    while current & (Self.closedBit | Self.closingBit) == 0 {
      let (isDone, now) = usage.compareExchange(
        expected: current, desired: (current | Self.closingBit) &+ Self.oneUser,
        ordering: .acquiringAndReleasing)
      if isDone {
        if reading.end(.closed) { countWaitEnd() }
        return true
      }
      current = now
    }
    return false
  }

  /// Closes the descriptor; a task that waits for it gets `StreamClosedError`.
  ///
  /// A second time does nothing.
  final func closeDescriptor() {
    // Closed, and in use by this call, in one step: the number stays ours until the watch has ended.
    var current = usage.load(ordering: .acquiring)
    while true {
      if current & Self.closedBit != 0 { return }
      let (isDone, now) = usage.compareExchange(
        expected: current, desired: (current | Self.closedBit) &+ Self.oneUser,
        ordering: .acquiringAndReleasing)
      if isDone { break }
      current = now
    }
    endWaits(.closed)
    didClose()
    if ringReceive == nil { endWatch() } else { endRequests() }
  }

  /// The descriptor's number is given back, if no other call uses it.
  final func endWatch() {
    loop.unwatch(self)
    endUse()
  }

  // MARK: Reports

  /// What the kernel says; on the loop's thread.
  final override func report(_ readiness: Readiness) {
    if readiness.contains(.read), reading.note(isFinal: readiness.contains(.readEnd)) {
      countWaitEnd()
      readForWaiter()
      reading.grant()
    }
    if readiness.contains(.write), writing.note(isFinal: readiness.contains(.writeEnd)) {
      countWaitEnd()
      writing.grant()
    }
  }

  /// Called on the loop's thread before a task that waits to read is resumed: while it is suspended, and
  /// no other code can resume it.
  func readForWaiter() {}

  /// What the ring is asked for when a task waits to read.
  var nextRingReceive: RingReceive? { ringReceive }

  /// The descriptor was closed, once.
  func didClose() {}

  final override func receivingEnded() { endReceiving() }

  final override func pollEnded(_ interest: Interest, _ readiness: Readiness) {
    endPoll(interest, readiness)
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
    case .taken(let isAsked): if !isAsked, ringReceive != nil { askRing(direction) }
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
    let isMine =
      direction == .read ? reading.endWaiter(.cancelled) : writing.endWaiter(.cancelled)
    if isMine { countWaitEnd() }
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
  private final func state(of direction: Direction) -> UInt64 {
    direction == .read ? reading.snapshot : writing.snapshot
  }

  private final func clearReadiness(_ direction: Direction, _ seen: UInt64) {
    if direction == .read { reading.clearReadiness(seen) } else { writing.clearReadiness(seen) }
  }

  /// The last bytes before the end of the stream are no sign that there is nothing more to see.
  @inline(__always)
  private final func noteShort(_ direction: Direction, _ seen: UInt64) {
    if !WatchedSide.isFinal(seen) { clearReadiness(direction, seen) }
  }

  /// Whether so many calls have succeeded at once that the next is to give others a turn.
  final func isTimeToYield(_ direction: Direction) -> Bool {
    direction == .read ? reading.isTimeToYield() : writing.isTimeToYield()
  }

  /// A task that never has to wait lets the others run now and then.
  @inline(__always)
  final func countsAsTurn(_ direction: Direction) -> Bool {
    direction == .read ? reading.countsAsTurn() : writing.countsAsTurn()
  }

  @inline(__always)
  final func beginUse() -> Bool { beginUse(unless: Self.closedBit | Self.closingBit) }

  /// As `beginUse`, also while another task takes its time to close the descriptor.
  final func beginUseWhileClosing() -> Bool { beginUse(unless: Self.closedBit) }

  @inline(__always)
  private final func beginUse(unless bits: UInt32) -> Bool {
    let (before, _) = usage.wrappingAdd(Self.oneUser, ordering: .acquiringAndReleasing)
    if before & bits == 0 { return true }
    endUse()
    return false
  }

  @inline(__always)
  final func endUse() {
    let (_, after) = usage.wrappingSubtract(Self.oneUser, ordering: .acquiringAndReleasing)
    if after & ~Self.closingBit == Self.closedBit { closeOnce() }
  }

  /// A call that finds the descriptor closed takes and gives back a use too, and must not close it again.
  private final func closeOnce() {
    let (before, _) = usage.bitwiseOr(Self.goneBit, ordering: .acquiringAndReleasing)
    if before & Self.goneBit == 0 { Syscalls.closeDescriptor(descriptor) }
  }
}
