// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

extension EventLoop {
  /// Nothing is ready: sleep until something is.
  func idle(onStuck: () -> Void) {
    switch configuration.clock {
    case .system: sleepOnSystemClock(onStuck: onStuck)
    case .virtual: jump(onStuck: onStuck)
    }
  }

  private func sleepOnSystemClock(onStuck: () -> Void) {
    if hasTimers || hasHope {
      let deadline = timers.earliestDeadline
      poll(timeoutNanoseconds: deadline.map { max(0, $0.subtractingSaturating(currentTime())) })
    } else {
      // Asleep for good, unless somebody calls: of no use to others who wait to be called.
      ThreadCensus.addBystander(isIdle: { [inbox] in inbox.loopSleeps && inbox.isEmpty })
      defer { ThreadCensus.removeBystander() }
      if role != .run {
        // Without work of its own it is not stuck, but waits for some.
        poll(timeoutNanoseconds: nil)
      } else {
        waitForOtherThreads(onStuck: onStuck)
      }
    }
  }

  /// Virtual time: jump to the next timer, unless a thread is at work for us.
  private func jump(onStuck: () -> Void) {
    if hasDescriptors {
      var looks = 0
      repeat {
        poll(timeoutNanoseconds: 0)
        looks += 1
      } while ready.isEmpty && backendInUse.hasMore && looks < Self.mostLooks
      if !ready.isEmpty { return }
    }
    if blockingPool.isBusy || holds.load(ordering: .acquiring) > 0 {
      poll(timeoutNanoseconds: nil)
    } else if !inbox.isEmpty {
      // Sent before the last call or hold ended: it comes first.
      return
    } else if hasTimers, let deadline = timers.earliestDeadline {
      virtualTime = max(virtualTime, deadline)
      sharedVirtualTime.store(virtualTime, ordering: .relaxed)
    } else if hasHope || role != .run {
      poll(timeoutNanoseconds: nil)
    } else {
      onStuck()
    }
  }

  /// The kernel may have more to say than one look brings; it is not asked for ever.
  private static let mostLooks = 1_000

  private var hasTimers: Bool {
    timers.count > (incidentalTimer?.isArmed == true ? 1 : 0)
  }

  /// Whether something that the loop knows of may wake it.
  private var hasHope: Bool {
    !descriptors.isEmpty || waitsForIO.load(ordering: .acquiring) > 0 || blockingPool.isBusy
      || holds.load(ordering: .acquiring) > 0
  }

  /// Whether the operating system has to be asked, now and then, what is ready.
  var hasDescriptors: Bool {
    !descriptors.isEmpty || watchedCount.load(ordering: .relaxed) > 0
  }

  /// No timer, no descriptor, no call in flight: only another thread could still act.
  ///
  /// Asks now and then whether one is left that might.
  private func waitForOtherThreads(onStuck: () -> Void) {
    let start = Syscalls.bootTime()
    var pause: Int64 = 1_000_000
    while ready.isEmpty && inbox.isEmpty {
      poll(timeoutNanoseconds: pause)
      takeSignals()
      guard ready.isEmpty && inbox.isEmpty && !hasHope && !hasTimers else { return }
      let finding = ThreadCensus.look()
      guard inbox.isEmpty else { return }
      switch finding {
      case .nobody: return onStuck()
      case .timedWaits where Syscalls.bootTime() - start > Self.patience && allTasksWaitHere:
        return onStuck()
      case .timedWaits, .somebody: break
      }
      pause = min(pause * 2, 1_000_000_000)
    }
  }

  /// How long a scoped loop counts on threads that do nothing but wait with a time limit, such as
  /// the idle ones of dispatch.
  ///
  /// Who knows better says so with `hold()`.
  private static let patience: Int64 = 5_000_000_000

  /// Whether every task waits for something of this package, so that no other runtime's thread or
  /// timer has a reason to call.
  ///
  /// Under takeover the whole process is ours to wait for.
  private var allTasksWaitHere: Bool {
    !isTakeover && tasks.allSatisfy { $0.state == .waiting }
  }

  func poll(timeoutNanoseconds: Int64?) {
    counters.polls.increment()
    if timeoutNanoseconds == 0 {
      backendInUse.wait(timeoutNanoseconds: 0, to: self)
      return
    }
    // Short calls are back before a sleep would have begun.
    if blockingPool.hasCallInFlight, BriefSpin.until({ !inbox.isEmpty }), streams.wantsMore() {
      BriefSpin.passMoment()
    }
    guard inbox.beginSleep() else { return }
    backendInUse.wait(timeoutNanoseconds: timeoutNanoseconds, to: self)
    inbox.endSleep()
    counters.wakeups.increment()
    monitor.loopWoke()
  }
}
