// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The threads of a ``LoopPool``: each runs its loop until all are stopped.
///
/// Apart from the pool, which the threads do not keep alive.
final class LoopPoolMembers: Sendable {
  private let mayEnd = AsyncEvent()
  private let haveEnded = AsyncEvent()
  private let running = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)

  var isStopping: Bool { isStopped.load(ordering: .acquiring) }

  func start(_ loop: EventLoop) throws(SystemError) {
    running.wrappingAdd(1, ordering: .relaxed)
    do {
      try Thread.start(name: loop.configuration.name) { [self] in
        let run = LoopRun<Void>(loop, site: SourceSite(#fileID, #line))
        _ = run.perform { [mayEnd] in try await mayEnd.wait() }
        noteEnd()
      }
    } catch {
      noteEnd()
      throw error
    }
  }

  func stop() {
    isStopped.store(true, ordering: .releasing)
    mayEnd.set()
  }

  /// Waits until the pool is closed.
  func waitUntilStopping() async throws { try await mayEnd.wait() }

  /// Waits until all threads have let go of their loops; a task that is cancelled does not.
  func waitUntilEnded() async {
    // To the caller's loop this is as a call on another thread.
    let hold = EventLoop.ambientIfAny?.hold()
    defer { hold?.release() }
    try? await haveEnded.wait()
  }

  private func noteEnd() {
    let (_, left) = running.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    if left == 0 { haveEnded.set() }
  }
}
