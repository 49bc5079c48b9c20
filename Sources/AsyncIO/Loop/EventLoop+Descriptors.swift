// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension EventLoop {
  /// Suspends until `descriptor` can be read without blocking: there are bytes, the end of the
  /// stream, an error, or a connection to accept.
  ///
  /// What lets C libraries run on the loop.
  ///
  /// Always suspends. One task may wait for each direction of a descriptor at a time; a regular
  /// file is always ready. A descriptor must not be closed while somebody waits for it without
  /// ``closing(_:)`` being called first.
  ///
  /// Throws `CancellationError` as soon as the task is cancelled, also before it waits;
  /// ``EventLoopError`` when another task waits already, when the descriptor is not valid, and when
  /// the loop ends.
  public func readable(_ descriptor: Int32) async throws {
    try await waitUntilReady(descriptor, for: .read, reason: .readable)
  }

  /// Suspends until `descriptor` can be written without blocking.
  ///
  /// See ``readable(_:)``.
  ///
  /// Throws `CancellationError` as soon as the task is cancelled, also before it waits;
  /// ``EventLoopError`` when another task waits already, when the descriptor is not valid, and when
  /// the loop ends.
  public func writable(_ descriptor: Int32) async throws {
    try await waitUntilReady(descriptor, for: .write, reason: .writable)
  }

  /// Says that `descriptor` is about to be closed: who waits for it gets ``EventLoopError`` with
  /// the code `descriptorClosed`.
  ///
  /// Call it before close(2), on the loop's thread, so that no waiter is left behind to steal the
  /// events of the next file with this number.
  public func closing(_ descriptor: Int32) {
    let waits = descriptors.remove(descriptor)
    backendInUse.disarm(descriptor)
    for wait in waits { wait.end(.closed, on: self) }
  }

  private func waitUntilReady(
    _ descriptor: Int32, for direction: Interest, reason: WaitReason
  ) async throws {
    try RunningTask.checkCancellation()
    if isEnded { throw EventLoopError.ended(self) }
    guard watched.withLock({ $0.members[descriptor] == nil }) else {
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

/// Who waits for which descriptor.
///
/// Belongs to the loop's thread.
struct DescriptorTable {
  private struct Entry {
    var reader: DescriptorWait?
    var writer: DescriptorWait?

    var interest: Interest {
      var interest: Interest = []
      if reader != nil { interest.insert(.read) }
      if writer != nil { interest.insert(.write) }
      return interest
    }
  }

  private var entries: [Int32: Entry] = [:]

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ wait: DescriptorWait, on loop: EventLoop) {
    guard !wait.once.isDecided else { return }
    var entry = entries[wait.descriptor] ?? Entry()
    // A wait that another thread has just cancelled is still to be dropped: it is in nobody's way.
    if entry.reader?.once.isDecided == true { entry.reader = nil }
    if entry.writer?.once.isDecided == true { entry.writer = nil }
    guard !entry.interest.contains(wait.direction) else {
      let verb = wait.direction == .read ? "read" : "write"
      return wait.fail(
        EventLoopError(
          .descriptorBusy, "another task waits to \(verb) descriptor \(wait.descriptor) already"),
        on: loop)
    }
    if wait.direction == .read { entry.reader = wait } else { entry.writer = wait }
    do {
      if try loop.backendInUse.arm(wait.descriptor, for: entry.interest) {
        entries[wait.descriptor] = entry
      } else {
        wait.end(.granted, on: loop)
      }
    } catch {
      wait.fail(
        EventLoopError(.system, "cannot wait for descriptor \(wait.descriptor)", cause: error),
        on: loop)
    }
  }

  /// Forgets a wait that was cancelled.
  mutating func drop(_ wait: DescriptorWait, on loop: EventLoop) {
    guard var entry = entries[wait.descriptor] else { return }
    if entry.reader === wait {
      entry.reader = nil
    } else if entry.writer === wait {
      entry.writer = nil
    } else {
      return
    }
    keep(entry, for: wait.descriptor, on: loop)
  }

  mutating func report(_ descriptor: Int32, _ ready: Interest, on loop: EventLoop) {
    guard var entry = entries[descriptor] else { return }
    if ready.contains(.read), let reader = entry.reader {
      entry.reader = nil
      reader.end(.granted, on: loop)
    }
    if ready.contains(.write), let writer = entry.writer {
      entry.writer = nil
      writer.end(.granted, on: loop)
    }
    keep(entry, for: descriptor, on: loop)
  }

  /// Takes out everybody who waits for a descriptor.
  mutating func remove(_ descriptor: Int32) -> [DescriptorWait] {
    guard let entry = entries.removeValue(forKey: descriptor) else { return [] }
    return [entry.reader, entry.writer].compactMap(\.self)
  }

  mutating func abandonAll(on loop: EventLoop) {
    for entry in entries.values {
      entry.reader?.end(.ended, on: loop)
      entry.writer?.end(.ended, on: loop)
    }
    entries = [:]
  }

  /// Arms again what is still wanted; a report or a cancellation has disarmed the descriptor.
  private mutating func keep(_ entry: Entry, for descriptor: Int32, on loop: EventLoop) {
    if entry.interest.isEmpty {
      entries[descriptor] = nil
      loop.backendInUse.rest(descriptor)
      return
    }
    entries[descriptor] = entry
    do {
      _ = try loop.backendInUse.arm(descriptor, for: entry.interest)
    } catch {
      for wait in remove(descriptor) {
        wait.fail(
          EventLoopError(.system, "cannot wait for descriptor \(descriptor)", cause: error),
          on: loop)
      }
    }
  }
}

/// Runs a callback, once, when a descriptor is ready or cannot be waited for: for C libraries that
/// bring their own state machines.
///
/// Unchecked: made and used on the loop's thread only.
package final class DescriptorWatch: @unchecked Sendable {
  private final class Wait: DescriptorWait, @unchecked Sendable {
    let callback: @Sendable (OneShot.Signal) -> Void

    init(
      _ descriptor: Int32, _ direction: Interest,
      _ callback: @escaping @Sendable (OneShot.Signal) -> Void
    ) {
      self.callback = callback
      super.init(descriptor, direction)
    }

    override func end(_ signal: OneShot.Signal, on loop: EventLoop) -> Bool {
      guard once.decide(signal) else { return false }
      let callback = callback
      // Not from here: the callback may change what is watched.
      if signal != .cancelled { loop.runSoon { callback(signal) } }
      return true
    }
  }

  private let loop: EventLoop
  private let wait: Wait

  package init(
    _ loop: EventLoop, _ descriptor: Int32, forWriting: Bool,
    _ callback: @escaping @Sendable () -> Void
  ) {
    self.loop = loop
    wait = Wait(descriptor, forWriting ? .write : .read) { _ in callback() }
    loop.descriptors.add(wait, on: loop)
  }

  /// As above, for reading; the callback is told whether the descriptor is ready, or the loop ends.
  init(
    _ loop: EventLoop, _ descriptor: Int32,
    whenDecided callback: @escaping @Sendable (OneShot.Signal) -> Void
  ) {
    self.loop = loop
    wait = Wait(descriptor, .read, callback)
    loop.descriptors.add(wait, on: loop)
  }

  /// The callback will not run any more, unless it is on its way already.
  package func cancel() {
    if wait.end(.cancelled, on: loop) { loop.descriptors.drop(wait, on: loop) }
  }
}
