// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO

/// Ends a program that was asked to end by a signal and does not.
///
/// Names what keeps the program from ending each time `EventLoop.Configuration.shutdownGrace` has passed, and ends the
/// process after the third time. When the body has ended, the loop itself names what is left; then this ends the process
/// only if the loop does not get to it.
///
/// On the watch thread, since the loop's own may be what is stuck. A thread beside it ends the process when even the log
/// is what everything waits for.
final class ProgramWatch: WatchdogDuty {
  private enum Phase {
    case runs
    /// The signal came at this time, and so many warnings have been given.
    case asked(number: Int32, since: Int64, warnings: Int64)
    /// The body has ended at this time.
    case leaves(since: Int64)
    case over
  }

  private let loop: EventLoop
  private let grace: Int64
  private let phase = LockWithCondition(Phase.runs)

  static let maxWarnings: Int64 = 3

  init(_ loop: EventLoop) {
    self.loop = loop
    // Three of them must not overflow.
    grace = min(max(1, loop.configuration.shutdownGrace.nanoseconds), .max / 8)
  }

  /// The body of the program has ended.
  func bodyHasEnded() { phase.withLock { $0 = .leaves(since: Syscalls.bootTime()) } }

  /// The program has ended.
  func end() {
    phase.withLock { $0 = .over }
    phase.notifyAll()
  }

  var wantsRounds: Bool { false }

  /// What is due; the time until the next look, nil while there is nothing to wait for.
  func look() -> Int64? {
    SignalHub.shared.takeBackWhatNobodyTook()
    let now = Syscalls.bootTime()
    switch phase.withLock({ $0 }) {
    case .over: return nil
    case .runs:
      let number = asyncio_signal_of_program()
      guard number != 0 else { return nil }
      begin(number, now)
      return grace
    case .asked(let number, let since, let warnings):
      // A listener has come for it.
      guard asyncio_signal_of_program() != 0 else {
        phase.withLock { if case .asked = $0 { $0 = .runs } }
        return nil
      }
      return lookAfter(number, since, warnings, now)
    case .leaves(let since):
      let left = (Self.maxWarnings + 1) * grace - (now - since)
      if left <= 0 { endProcess(1, "some tasks did not end when the program did") }
      return left
    }
  }

  private func begin(_ number: Int32, _ now: Int64) {
    phase.withLock { if case .runs = $0 { $0 = .asked(number: number, since: now, warnings: 0) } }
    let limit = Self.maxWarnings * grace + 2_000_000_000
    try? Thread.start(name: "asyncio-end") { [self] in
      ThreadCensus.addBystander()
      let isOver: Void? = phase.wait(timeoutNanoseconds: limit) { phase in
        if case .asked = phase { nil } else { () }
      }
      // Not a word: to say something may be what cannot be done.
      if isOver == nil { Syscalls.exitAtOnceWithChildren(128 + number) }
      ThreadCensus.removeBystander()
    }
  }

  private func lookAfter(
    _ number: Int32, _ since: Int64, _ warnings: Int64, _ now: Int64
  ) -> Int64 {
    let due = warnings + 1
    guard now - since >= due * grace else { return due * grace - (now - since) }
    phase.withLock { phase in
      if case .asked = phase { phase = .asked(number: number, since: since, warnings: due) }
    }
    warn(SignalNumbers.name(number), after: loop.configuration.shutdownGrace * due)
    if due >= Self.maxWarnings {
      endProcess(
        128 + number, "the program did not end when \(SignalNumbers.name(number)) asked it to")
    }
    return max(1, (due + 1) * grace - (Syscalls.bootTime() - since))
  }

  private func warn(_ signal: String, after duration: Duration) {
    var lines = loop.tasks.map { "\n  \($0)" }.joined()
    if let title = loop.titleOfRunningTask, !loop.inbox.loopSleeps {
      lines += "\n  the running step belongs to \(title)"
    }
    for line in loop.unfinishedWork { lines += "\n  \(line)" }
    Log.warning("\(signal) came \(duration) ago, and the program has not ended:\(lines)")
  }

  private func endProcess(_ status: Int32, _ reason: String) -> Never {
    Syscalls.writeToStandardError("error: \(reason)\n")
    Syscalls.exitAtOnceWithChildren(status)
  }
}
