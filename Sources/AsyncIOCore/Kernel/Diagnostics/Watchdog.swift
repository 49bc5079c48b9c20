// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// One thread for all loops of the process that looks, a few times per threshold, whether a loop is
/// still in the step it was in at the last look; and that sees to it that a program which was asked to end does.
///
/// Sleeps without a timeout while all loops do. A signal handler can wake it, so it acts also when the loop is stuck.
package final class Watchdog: Sendable {
  package static let shared = Watchdog()

  private struct Watched {
    let loop: EventLoop
    var watch: StepWatch
  }

  private struct State {
    var watched: [Watched] = []
    var duties: [any WatchdogDuty] = []
    var isStarted = false
  }

  /// Something to be logged, outside the lock.
  private struct Report {
    let loop: EventLoop
    let milliseconds: Int64
  }

  private let state = Guarded(State())
  private let isPaused = Atomic<Bool>(false)

  func add(_ loop: EventLoop) {
    guard loop.monitor.threshold > 0 else { return }
    state.withLock {
      $0.watched.append(
        Watched(loop: loop, watch: StepWatch(threshold: loop.monitor.threshold)))
    }
    start("slow steps will not be reported")
  }

  func remove(_ loop: EventLoop) {
    let removed = state.withLock { state in
      let index = state.watched.firstIndex { $0.loop === loop }
      return index.map { state.watched.remove(at: $0) }
    }
    _ = removed  // Released here: a loop's deinit must not run under the lock.
  }

  /// Has the thread do something else too, until `remove`; `consequence` is what is logged if it cannot be started.
  package func add(_ duty: some WatchdogDuty, or consequence: String) {
    state.withLock { state in
      if !state.duties.contains(where: { $0 === duty }) { state.duties.append(duty) }
    }
    start(consequence)
  }

  package func remove(_ duty: some WatchdogDuty) {
    state.withLock { state in state.duties.removeAll { $0 === duty } }
  }

  /// Has the thread look at once.
  package func lookNow() { asyncio_watch_post() }

  private func start(_ consequence: String) {
    let mustStart = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    if mustStart {
      do {
        try Thread.start(name: "asyncio-watch") { self.watch() }
      } catch {
        state.withLock { $0.isStarted = false }
        Log.warning("\(consequence): \(error)")
      }
    }
    asyncio_watch_post()
  }

  /// Called by a loop that wakes up: a plain load unless everybody was asleep.
  @inline(__always)
  func resumeIfPaused() {
    if isPaused.load(ordering: .relaxed) { asyncio_watch_post() }
  }

  private func watch() {
    ThreadCensus.addBystander()
    var quietPause = Self.shortestQuietPause
    while true {
      let seen = asyncio_watch_word()
      let (pause, reports) = look()
      for report in reports {
        SlowStepReport.logStill(
          milliseconds: report.milliseconds,
          title: report.loop.titleOfRunningTask ?? "a step",
          loop: report.loop.configuration.name)
      }
      let (dutyPause, wantsRounds) = doDuties()
      if let pause = [pause, dutyPause].compactMap(\.self).min() {
        asyncio_watch_wait(seen, pause)
      } else {
        sleepLong(seen, wantsRounds ? quietPause : -1)
      }
      let isQuiet = asyncio_watch_word() == seen
      quietPause = isQuiet ? min(quietPause * 2, Self.longestQuietPause) : Self.shortestQuietPause
    }
  }

  /// The time until the next look at a duty, and whether one of them wants to be looked at now and then.
  ///
  /// In a function of its own: no duty is kept while the thread sleeps.
  @inline(never)
  private func doDuties() -> (pause: Int64?, wantsRounds: Bool) {
    let duties = state.withLock { $0.duties }
    return (duties.compactMap { $0.look() }.min(), duties.contains { $0.wantsRounds })
  }

  /// One look at every loop.
  ///
  /// Returns the time until the next, or nil when all loops sleep.
  private func look() -> (pause: Int64?, reports: [Report]) {
    state.withLock { state in
      let now = Syscalls.bootTime()
      var pause: Int64?
      var reports: [Report] = []
      for index in state.watched.indices {
        let loop = state.watched[index].loop
        let step = loop.monitor.currentStep
        let finding = state.watched[index].watch.look(
          at: step, isAsleep: loop.inbox.loopSleeps, now)
        switch finding {
        case .asleep: continue
        case .busy: break
        case .slow(let since, let mustReport):
          loop.monitor.suspect(step, since: since)
          if mustReport {
            reports.append(Report(loop: loop, milliseconds: (now - since) / 1_000_000))
          }
        }
        let interval = state.watched[index].watch.interval
        pause = min(pause ?? interval, interval)
      }
      return (pause, reports)
    }
  }

  private func sleepLong(_ seen: UInt32, _ pause: Int64) {
    isPaused.store(true, ordering: .sequentiallyConsistent)
    // One more short look before the long sleep: a loop may have woken before it could see the
    // flag.
    asyncio_watch_wait(seen, 25_000_000)
    if asyncio_watch_word() == seen, allLoopsSleep {
      asyncio_watch_wait(seen, pause)
    }
    isPaused.store(false, ordering: .sequentiallyConsistent)
  }

  /// How long the thread sleeps beside a program that does nothing, from the first time to the last: other code may put a
  /// handler of its own in the place of the program's.
  private static let shortestQuietPause: Int64 = 50_000_000
  private static let longestQuietPause: Int64 = 5_000_000_000

  private var allLoopsSleep: Bool {
    state.withLock { $0.watched.allSatisfy { $0.loop.inbox.loopSleeps } }
  }
}
