// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// One thread for all loops of the process that looks, a few times per threshold, whether a loop is
/// still in the step it was in at the last look.
///
/// Sleeps without a timeout while all loops do.
final class Watchdog: Sendable {
  static let shared = Watchdog()

  private struct Watched {
    let loop: EventLoop
    var step: UInt64 = 0
    /// The look at which this step was first seen; it had begun by then.
    var since: Int64 = 0
  }

  private struct State {
    var watched: [Watched] = []
    var isStarted = false
    var mustLook = false

    mutating func takeMustLook() -> Void? {
      defer { mustLook = false }
      return mustLook ? () : nil
    }
  }

  private let state = Monitor(State())
  private let isPaused = Atomic<Bool>(false)

  func add(_ loop: EventLoop) {
    guard loop.monitor.threshold > 0 else { return }
    let mustStart = state.withLock { state in
      state.watched.append(
        Watched(loop: loop, step: loop.monitor.currentStep, since: Syscalls.bootTime()))
      defer { state.isStarted = true }
      return !state.isStarted
    }
    if mustStart {
      do {
        try Thread.start(name: "asyncio-watch") { self.watch() }
      } catch {
        state.withLock { $0.isStarted = false }
        Log.warning("slow steps will not be reported: \(error)")
      }
    }
    resumeIfPaused()
  }

  func remove(_ loop: EventLoop) {
    let removed = state.withLock { state in
      let index = state.watched.firstIndex { $0.loop === loop }
      return index.map { state.watched.remove(at: $0) }
    }
    _ = removed  // Released here: a loop's deinit must not run under the lock.
  }

  /// Called by a loop that wakes up: a plain load unless everybody was asleep.
  @inline(__always)
  func resumeIfPaused() {
    if isPaused.load(ordering: .relaxed) { resume() }
  }

  private func resume() {
    state.withLock { $0.mustLook = true }
    state.notify()
  }

  private func watch() {
    ThreadCensus.addBystander()
    while true {
      let pause = look()
      sleep(for: pause)
    }
  }

  /// One look at every loop.
  ///
  /// Returns the time until the next, or nil when all loops sleep.
  private func look() -> Int64? {
    state.withLock { state in
      let now = Syscalls.bootTime()
      var pause: Int64?
      for index in state.watched.indices {
        let loop = state.watched[index].loop
        let step = loop.monitor.currentStep
        let interval = max(1_000_000, loop.monitor.threshold / 4)
        let hasMoved = step != state.watched[index].step
        if hasMoved || loop.inbox.loopSleeps {
          state.watched[index].step = step
          state.watched[index].since = now
          // A loop that sleeps but has just worked is likely to wake soon: being woken by it each time
          // would cost more than looking.
          if !hasMoved { continue }
        } else if now - state.watched[index].since >= loop.monitor.threshold - interval {
          loop.monitor.suspect(step, since: state.watched[index].since)
        }
        pause = min(pause ?? interval, interval)
      }
      return pause
    }
  }

  private func sleep(for pause: Int64?) {
    if let pause {
      _ = state.wait(timeoutNanoseconds: pause) { _ -> Void? in nil }
      return
    }
    isPaused.store(true, ordering: .sequentiallyConsistent)
    // One more short look before the long sleep: a loop may have woken before it could see the
    // flag.
    let woken: Void? = state.wait(timeoutNanoseconds: 25_000_000) { $0.takeMustLook() }
    if woken == nil, allLoopsSleep { state.wait { $0.takeMustLook() } }
    isPaused.store(false, ordering: .sequentiallyConsistent)
  }

  private var allLoopsSleep: Bool {
    state.withLock { $0.watched.allSatisfy { $0.loop.inbox.loopSleeps } }
  }
}
