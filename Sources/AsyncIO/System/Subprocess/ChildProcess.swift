// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// A child process, from its start until it is reaped.
///
/// The kernel keeps what is left of a process that has ended, its number included, until it is reaped: so
/// a signal sent before that reaches nobody else.
final class ChildProcess: Sendable {
  let process: Int32
  private let pidfd: Int32
  private let hasEnded = AsyncEvent()
  /// Whether it is reaped as soon as it has ended: nothing is left then to be signalled.
  private let reapsItself: Bool
  /// Nil until it is reaped; the lock is held while a signal is sent.
  private let finalStatus = Guarded<Subprocess.TerminationStatus?>(nil)

  private init(process: Int32, pidfd: Int32, reapsItself: Bool) {
    self.process = process
    self.pidfd = pidfd
    self.reapsItself = reapsItself
  }

  deinit { Syscalls.closeDescriptor(pidfd) }

  /// Starts a child, on a thread: to start one takes the system a while.
  static func spawn(
    _ configuration: Subprocess.Configuration, _ descriptors: [Int32], extra: Int32 = -1,
    reapsItself: Bool = false
  ) async throws -> ChildProcess {
    let loop = EventLoop.ambient
    let child = try await loop.blockingPool.run {
      let (process, pidfd) = try Spawning.spawn(configuration, descriptors, extra: extra)
      return ChildProcess(process: process, pidfd: pidfd, reapsItself: reapsItself)
    }
    child.watch(on: loop)
    return child
  }

  private func watch(on loop: EventLoop) {
    // Holds the child, and with it the descriptor, until it has ended.
    loop.perform { [self] in
      _ = DescriptorWatch(
        loop, pidfd,
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

  /// How it has ended, once it has.
  var status: Subprocess.TerminationStatus {
    finalStatus.withLock { $0 ?? Spawning.status(pidfd, reap: false) ?? .unknown }
  }

  /// Reaps the child, which has ended.
  func reap() -> Subprocess.TerminationStatus {
    finalStatus.withLock { status in
      if let status { return status }
      // Nothing is known of one that still runs, and nothing is to be noted.
      guard let found = Spawning.status(pidfd, reap: true) else { return .unknown }
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
        try Spawning.send(signal, to: process, pidfd, group: toGroup)
      } catch let error as SystemError {
        throw IOError("send \(SignalNumbers.name(signal)) to", subject, error)
      }
    }
  }

  /// Ends the child: step by step, and in the end what is left of its group by SIGKILL.
  func tearDown(_ steps: [Subprocess.TeardownStep]) async throws {
    for step in steps where isRunning {
      try? send(step.signal, toGroup: true)
      _ = try await moveOn(after: step.allowedDuration) { try await waitForEnd() }
    }
    // Also when the leader has ended: it is not reaped yet, so the group is still its own.
    try? send(SignalNumbers.kill, toGroup: true)
    try await waitForEnd()
  }
}
