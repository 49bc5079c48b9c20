// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

extension EventLoop {
  /// Nothing is ready: sleep until something is.
  func idle(onStuck: () -> Void) {
    if ready.isSwollen { ready.shrink() }
    if isTakeover { TakeoverExecutors.noticeOtherExecutor() }
    switch configuration.clock {
    case .system: sleepOnSystemClock(onStuck: onStuck)
    case .virtual: jump(onStuck: onStuck)
    }
  }

  private func sleepOnSystemClock(onStuck: () -> Void) {
    if hasTimers || pending.mayWakeTask {
      let left = timers.earliestDeadline.map { max(0, $0.subtractingSaturating(currentTime())) }
      poll(timeoutNanoseconds: errorPause.map { min($0, left ?? .max) } ?? left)
    } else {
      // Asleep for good, unless somebody calls: of no use to others that wait to be called.
      inbox.sleepsForGood.store(true, ordering: .releasing)
      defer { inbox.sleepsForGood.store(false, ordering: .releasing) }
      if role != .run {
        // Without work of its own it is not stuck, but waits for some.
        poll(timeoutNanoseconds: errorPause)
      } else {
        waitForOtherThreads(onStuck: onStuck)
      }
    }
  }

  /// Virtual time: jump to the next timer, unless a thread is at work for us.
  private func jump(onStuck: () -> Void) {
    if pending.needsPolling {
      var looks = 0
      repeat {
        poll(timeoutNanoseconds: 0)
        looks += 1
      } while ready.isEmpty && backendInUse.hasMore && looks < Self.maxLooks
      if !ready.isEmpty { return }
    }
    if pending.stopsVirtualTime {
      poll(timeoutNanoseconds: nil)
    } else if !inbox.isEmpty {
      // Sent before the last call or hold ended: it comes first.
      return
    } else if hasTimers, let deadline = timers.earliestDeadline {
      virtualTime = max(virtualTime, deadline)
      sharedVirtualTime.store(virtualTime, ordering: .relaxed)
    } else if pending.mayWakeTask || role != .run {
      poll(timeoutNanoseconds: nil)
    } else {
      onStuck()
    }
  }

  /// The kernel may have more to say than one look brings; it is not asked for ever.
  private static let maxLooks = 1_000

  private var hasTimers: Bool {
    timers.count > (incidentalTimer?.isArmed == true ? 1 : 0)
  }

  /// No timer, no descriptor, no call in flight: only another thread could still act.
  ///
  /// Looks, rarely, whether one is left that might; says once in a while what is waited for.
  private func waitForOtherThreads(onStuck: () -> Void) {
    guard configuration.detectsDeadlocks else {
      // The end of a run has a timer that is no hope.
      return poll(
        timeoutNanoseconds: timers.earliestDeadline.map {
          max(0, $0.subtractingSaturating(currentTime()))
        })
    }
    var warnings = StandstillWarnings(since: Syscalls.bootTime())
    while true {
      let now = Syscalls.bootTime()
      if stuckWatch.takesLook(at: now) {
        let isCertain = ThreadCensus.isAloneForGood()
        // Sent before the last of the others fell asleep.
        guard inbox.isEmpty else { return }
        if isCertain {
          // What follows is another matter.
          stuckWatch = StuckWatch()
          return onStuck()
        }
      }
      let wakeUp = min(warnings.next, stuckWatch.nextLook, timers.earliestDeadline ?? .max)
      poll(timeoutNanoseconds: max(0, wakeUp - Syscalls.bootTime()))
      takeSignals()
      // At the first sign of activity all this is over.
      guard ready.isEmpty && inbox.isEmpty && !pending.mayWakeTask && !hasTimers else { return }
      if let deadline = timers.earliestDeadline, deadline <= currentTime() { return }
      if warnings.isDue(at: Syscalls.bootTime()) { warnOfStandstill() }
    }
  }

  private func warnOfStandstill() {
    let tasks = idleSnapshots.map { "\n  \($0)" }.joined()
    Log.warning(
      "nothing that the event loop \"\(configuration.name)\" knows of can wake its tasks; "
        + "another thread may (EventLoop.hold() says so, and detectsDeadlocks turns this off):\(tasks)"
    )
  }

  /// The tasks, seen while none is ready: one that does not wait in this package waits for something else.
  var idleSnapshots: [TaskSnapshot] {
    tasks.map { $0.state == .running ? $0.suspendedElsewhere : $0 }
  }

  /// How long the loop in the background sleeps before it looks again whether an error is nobody's any more: nothing tells
  /// when the last reference to a task goes, and no end of a run comes.
  private var errorPause: Int64? {
    guard ErasedTask.countsReferences, role == .background, UnretrievedErrors.exist(of: self) else {
      return nil
    }
    return 50_000_000
  }

  func poll(timeoutNanoseconds: Int64?) {
    counters.polls.increment()
    if timeoutNanoseconds == 0 {
      backendInUse.wait(timeoutNanoseconds: 0, to: self)
      return
    }
    // Short calls are back before a sleep would have begun.
    if pending.hasCallAtThread, BriefSpin.until({ !inbox.isEmpty }), streams.wantsMore() {
      BriefSpin.passMoment()
    }
    guard inbox.beginSleep() else { return }
    backendInUse.wait(timeoutNanoseconds: timeoutNanoseconds, to: self)
    inbox.endSleep()
    counters.wakeups.increment()
    monitor.loopWoke()
  }
}
