// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// A child process, from its start until it is reaped.
///
/// The kernel keeps what is left of a process that has ended, its number included, until it is reaped: so
/// a signal sent before that reaches no other process.
final class ChildProcess: Sendable {
  private let child: Spawning.Child
  private let hasEnded = AsyncEvent()
  /// Whether it is reaped as soon as it has ended: nothing is left then to be signalled.
  private let reapsItself: Bool
  /// Nil until it is reaped; the lock is held while a signal is sent.
  private let finalStatus = Guarded<Subprocess.TerminationStatus?>(nil)
  /// Its place among the children that are killed when this process is ended at once.
  private let place: Atomic<Int32>

  private init(_ child: Spawning.Child, reapsItself: Bool) {
    self.child = child
    self.reapsItself = reapsItself
    place = Atomic(ChildTable.add(child))
  }

  deinit {
    leaveTable()
    Syscalls.closeDescriptor(child.pidfd)
  }

  private func leaveTable() {
    ChildTable.remove(place.exchange(ChildTable.none, ordering: .acquiringAndReleasing))
  }

  var process: Int32 { child.process }

  /// Starts a child, on a thread: to start one takes the system a while.
  static func spawn(
    _ request: SpawnRequest, _ descriptors: [Int32], extra: Int32 = -1, reapsItself: Bool = false
  ) async throws -> ChildProcess {
    let loop = EventLoop.ambient
    let start = { @Sendable () throws in
      ChildProcess(
        try Spawning.spawn(request, descriptors, extra: extra), reapsItself: reapsItself)
    }
    // The kernel takes the thread that starts a child for its parent.
    let child =
      request.endsWithParent
      ? try await LastingThread.run(start) : try await loop.blockingPool.run(start)
    child.watch(on: loop)
    return child
  }

  private func watch(on loop: EventLoop) {
    // Holds the child, and with it the descriptor, until it has ended.
    loop.perform { [self] in
      _ = DescriptorWatch(
        loop, child.pidfd,
        whenDecided: { signal in
          // A loop may end before the child does: somebody has to go on watching, or it is never reaped.
          guard signal == .granted else { return self.watch(on: BackgroundLoop.shared) }
          if self.reapsItself { _ = self.reap() }
          self.hasEnded.set()
        })
    }
  }

  /// Waits for the end, which does not reap it.
  func waitForEnd() async throws { try await hasEnded.wait() }

  var isRunning: Bool { !hasEnded.isSet }

  /// Whether it has ended, also if the loop was not told yet.
  var hasExited: Bool { !isRunning || Spawning.ending(child.pidfd, reap: false) != nil }

  /// How it has ended, once it has.
  var status: Subprocess.TerminationStatus {
    finalStatus.withLock {
      $0 ?? Spawning.ending(child.pidfd, reap: false).map { .init($0) } ?? .unknown
    }
  }

  /// Reaps the child, which has ended.
  func reap() -> Subprocess.TerminationStatus {
    finalStatus.withLock { status in
      if let status { return status }
      // Nothing is known of one that still runs, and nothing is to be noted.
      guard Spawning.ending(child.pidfd, reap: false) != nil else { return .unknown }
      // Its number may be another's once it is reaped.
      leaveTable()
      guard let ending = Spawning.ending(child.pidfd, reap: true) else { return .unknown }
      let found = Subprocess.TerminationStatus(ending)
      status = found
      return found
    }
  }

  func send(_ signal: Int32, toGroup: Bool) throws {
    try finalStatus.withLock { status in
      let subject = "process \(process)"
      guard status == nil else {
        throw IOError(
          "send \(SignalNumbers.name(signal)) to", subject,
          SystemError(call: "pidfd_send_signal", errno: SystemError.noSuchProcess))
      }
      do {
        try Spawning.send(signal, to: child, group: toGroup)
      } catch let error as SystemError {
        throw IOError("send \(SignalNumbers.name(signal)) to", subject, error)
      }
    }
  }

  /// Ends the child: step by step, and in the end what is left of its group by SIGKILL; the child alone if it leads no
  /// group.
  func tearDown(_ steps: [Subprocess.TeardownStep]) async throws {
    for step in steps where isRunning {
      try? send(step.signal, toGroup: true)
      // One that is stopped would never learn of it.
      try? send(SignalNumbers.resume, toGroup: true)
      _ = try await moveOn(after: step.allowedDuration) { try await waitForEnd() }
    }
    // Also when the leader has ended: it is not reaped yet, so the group is still its own.
    try? send(SignalNumbers.kill, toGroup: true)
    try await waitForEnd()
  }
}

/// The children that have not been reaped, for a signal handler to kill.
private enum ChildTable {
  private struct State {
    var free: [Int32] = []
    var used: Int32 = 0
  }

  private static let state = Guarded(State())
  static let none: Int32 = -1

  /// The child's place; none when there are too many.
  static func add(_ child: Spawning.Child) -> Int32 {
    let place = state.withLock { state -> Int32 in
      if let free = state.free.popLast() { return free }
      guard state.used < Int32(ASYNCIO_CHILD_CAPACITY) else { return none }
      defer { state.used += 1 }
      return state.used
    }
    if place != none {
      asyncio_note_child(place, child.leadsGroup ? -child.process : child.process)
    }
    return place
  }

  static func remove(_ place: Int32) {
    guard place != none else { return }
    asyncio_note_child(place, 0)
    state.withLock { $0.free.append(place) }
  }
}
