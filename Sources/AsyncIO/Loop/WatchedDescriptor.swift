// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
/// May be used from any thread. One task may use each direction at a time; whoever has one of these sees
/// to that.
///
/// Unchecked: everything is atomic or behind the lock.
final class WatchedDescriptor: @unchecked Sendable {
  enum Direction { case read, write }

  private struct Waiters {
    var reader = false
    var writer = false
    var end: OneShot.Signal?
    var isDescriptorClosed = false
  }

  let descriptor: Int32
  let loop: EventLoop
  /// Whether a short read has emptied it: so with TCP.
  ///
  /// A Unix socket stops at a message that carries
  /// descriptors, a terminal at a line.
  private let isEmptiedByShortReads: Bool
  /// The kernel does not report on it: a regular file.
  private(set) var isAlwaysReady = false
  private let reading = WatchedSide(isReady: false)
  private let writing: WatchedSide
  private let waiters = Guarded(Waiters())
  /// Bit 0: closed.
  ///
  /// The rest: how many calls are under way, so that none meets another file that was
  /// given the same number meanwhile.
  private let usage = Atomic<UInt32>(0)

  private static let closedBit: UInt32 = 1
  private static let oneUser: UInt32 = 2

  /// Takes over a descriptor, which must not block; closes it when that fails, unless it was adopted.
  ///
  /// - `isConnecting`: It can be written to once the kernel says so.
  init(
    _ descriptor: Int32, on loop: EventLoop, isTCP: Bool = false, isConnecting: Bool = false,
    isAdopted: Bool = false
  ) throws {
    self.descriptor = descriptor
    self.loop = loop
    isEmptiedByShortReads = isTCP
    writing = WatchedSide(isReady: !isConnecting)
    do {
      isAlwaysReady = try !loop.watch(self)
    } catch {
      if !isAdopted { Syscalls.closeDescriptor(descriptor) }
      throw error
    }
    if isAlwaysReady { reading.note(isFinal: true) }
  }

  // MARK: Calls

  /// Makes `call` as soon as it does not block; it returns what the system call returns, or minus an
  /// error number.
  ///
  /// Whether the task is cancelled is looked at only when it has to wait: who calls has looked before.
  ///
  /// - `wanted`: How many bytes the call asks for: with fewer, there are no more at the moment.
  @inline(__always)
  func perform(
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
  func attempt(
    _ name: StaticString, _ direction: Direction, wanted: Int = 0, _ call: (Int32) -> Int
  ) throws -> Int? {
    while true {
      let seen = state(of: direction)
      // Closing wakes whoever waits, and whoever would begin to.
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
        forget(direction, seen)
        // Ready again, if there was a report meanwhile.
        continue
      case let number: throw SystemError(call: "\(name)", errno: number)
      }
    }
  }

  /// Waits until a call is worth trying.
  func waitUntilReady(_ direction: Direction) async throws {
    if Task.isCancelled { throw CancellationError() }
    if isClosed { throw StreamClosedError() }
    if !WatchedSide.isReady(state(of: direction)) { try await wait(for: direction) }
  }

  /// Runs `body` on the descriptor unless it is closed.
  func withDescriptor<Result>(_ body: (Int32) throws -> Result) throws -> Result {
    guard beginUse() else { throw StreamClosedError() }
    defer { endUse() }
    return try body(descriptor)
  }

  var isClosed: Bool { usage.load(ordering: .acquiring) & Self.closedBit != 0 }

  /// Closes the descriptor; who waits for it gets `StreamClosedError`.
  ///
  /// A second time does nothing.
  func close() {
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
    loop.unwatch(self)
    endWaits(.closed)
    endUse()
  }

  // MARK: Reports

  /// What the kernel says; on the loop's thread.
  func report(_ readiness: Readiness) {
    let reads = readiness.contains(.read)
    let writes = readiness.contains(.write)
    if reads { reading.note(isFinal: readiness.contains(.readEnd)) }
    if writes { writing.note(isFinal: readiness.contains(.writeEnd)) }
    let (reader, writer) = waiters.withLock { waiters in
      defer {
        if reads { waiters.reader = false }
        if writes { waiters.writer = false }
      }
      return (reads && waiters.reader, writes && waiters.writer)
    }
    if reader { endWait(reading, .granted) }
    if writer { endWait(writing, .granted) }
  }

  /// The loop has ended: nobody will report any more.
  func abandon() { endWaits(.ended) }

  private func endWaits(_ signal: OneShot.Signal) {
    let (reader, writer) = waiters.withLock { waiters in
      defer { (waiters.reader, waiters.writer, waiters.end) = (false, false, signal) }
      return (waiters.reader, waiters.writer)
    }
    if reader { endWait(reading, signal) }
    if writer { endWait(writing, signal) }
  }

  /// Only who took the waiter out under the lock comes here, so a wait is decided once, and the task
  /// does not begin another one before.
  @inline(__always)
  private func endWait(_ side: borrowing WatchedSide, _ signal: OneShot.Signal) {
    loop.waitsForIO.wrappingSubtract(1, ordering: .relaxed)
    side.once.decide(signal)
  }

  // MARK: Waiting

  private enum Place { case taken, ready, busy, over(OneShot.Signal) }

  private func wait(for direction: Direction) async throws {
    switch takePlace(direction) {
    case .ready: return
    case .busy: throw StreamBusyError(direction == .read ? .read : .write)
    case .over(let signal): throw error(for: signal)
    case .taken: break
    }
    switch direction {
    case .read:
      await park(.readable, reading.once.address) { self.cancelWait(.read) }
      try check(reading.once.signal)
    case .write:
      await park(.writable, writing.once.address) { self.cancelWait(.write) }
      try check(writing.once.signal)
    }
  }

  private func takePlace(_ direction: Direction) -> Place {
    waiters.withLock { waiters in
      if let end = waiters.end { return .over(end) }
      if WatchedSide.isReady(state(of: direction)) { return .ready }
      switch direction {
      case .read:
        if waiters.reader { return .busy }
        waiters.reader = true
        reading.once.reset()
      case .write:
        if waiters.writer { return .busy }
        waiters.writer = true
        writing.once.reset()
      }
      loop.waitsForIO.wrappingAdd(1, ordering: .relaxed)
      return .taken
    }
  }

  private func cancelWait(_ direction: Direction) {
    let isMine = waiters.withLock { waiters in
      switch direction {
      case .read:
        defer { waiters.reader = false }
        return waiters.reader
      case .write:
        defer { waiters.writer = false }
        return waiters.writer
      }
    }
    guard isMine else { return }
    switch direction {
    case .read: endWait(reading, .cancelled)
    case .write: endWait(writing, .cancelled)
    }
  }

  private func check(_ signal: OneShot.Signal?) throws {
    guard signal != .granted else { return }
    throw error(for: signal ?? .cancelled)
  }

  private func error(for signal: OneShot.Signal) -> any Error {
    switch signal {
    case .granted, .cancelled: CancellationError()
    case .ended: EventLoopError.ended(loop)
    case .closed: StreamClosedError()
    }
  }

  // MARK: Bookkeeping

  @inline(__always)
  private func state(of direction: Direction) -> UInt64 {
    direction == .read ? reading.snapshot : writing.snapshot
  }

  private func forget(_ direction: Direction, _ seen: UInt64) {
    if direction == .read { reading.forget(seen) } else { writing.forget(seen) }
  }

  /// The last bytes before the end of the stream are no sign that there is nothing more to see.
  @inline(__always)
  private func noteShort(_ direction: Direction, _ seen: UInt64) {
    if !WatchedSide.isFinal(seen) { forget(direction, seen) }
  }

  /// Whether so many calls have succeeded at once that the next is to give others a turn.
  func isTimeToYield(_ direction: Direction) -> Bool {
    direction == .read ? reading.isTimeToYield() : writing.isTimeToYield()
  }

  /// A task that never has to wait lets the others run now and then.
  @inline(__always)
  private func countsAsTurn(_ direction: Direction) -> Bool {
    direction == .read ? reading.countsAsTurn() : writing.countsAsTurn()
  }

  @inline(__always)
  private func beginUse() -> Bool {
    let (before, _) = usage.wrappingAdd(Self.oneUser, ordering: .acquiringAndReleasing)
    if before & Self.closedBit == 0 { return true }
    endUse()
    return false
  }

  @inline(__always)
  private func endUse() {
    let (_, after) = usage.wrappingSubtract(Self.oneUser, ordering: .acquiringAndReleasing)
    if after == Self.closedBit { closeOnce() }
  }

  /// Who finds the descriptor closed takes and gives back a use too, and must not close it again.
  private func closeOnce() {
    let isDone = waiters.withLock { waiters in
      defer { waiters.isDescriptorClosed = true }
      return waiters.isDescriptorClosed
    }
    if !isDone { Syscalls.closeDescriptor(descriptor) }
  }
}
