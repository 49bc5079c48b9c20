// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// The end of a program that was asked to end by a signal: names, each time `grace` has passed, what keeps it from
/// ending, and ends the process after the third time.
///
/// On the watch thread, since the loop's own may be what is stuck.
final class ProgramWatch: Sendable {
  private let loop: EventLoop
  private let grace: Int64
  /// When the signal was first seen; 0 before.
  private let since = Atomic<Int64>(0)
  private let warnings = Atomic<Int64>(0)

  static let mostWarnings: Int64 = 3

  init(_ loop: EventLoop) {
    self.loop = loop
    grace = max(1, loop.configuration.shutdownGrace.nanoseconds)
  }

  /// The time until the next look; nil while there is nothing to wait for.
  func look() -> Int64? {
    SignalHub.shared.takeBackWhatNobodyTook()
    let number = asyncio_signal_of_program()
    guard number != 0 else { return nil }
    let now = Syscalls.bootTime()
    if since.load(ordering: .relaxed) == 0 { since.store(now, ordering: .relaxed) }
    let passed = now - since.load(ordering: .relaxed)
    let due = warnings.load(ordering: .relaxed) + 1
    guard passed >= due.multipliedReportingOverflow(by: grace).partialValue else {
      return due * grace - passed
    }
    warnings.store(due, ordering: .relaxed)
    warn(SignalNumbers.name(number), after: loop.configuration.shutdownGrace * due)
    if due >= Self.mostWarnings { end(number) }
    return max(1, (due + 1) * grace - (Syscalls.bootTime() - since.load(ordering: .relaxed)))
  }

  private func warn(_ signal: String, after duration: Duration) {
    var lines = loop.tasks.map { "\n  \($0)" }.joined()
    if let title = loop.titleOfRunningTask, !loop.inbox.loopSleeps {
      lines += "\n  the running step belongs to \(title)"
    }
    let calls = loop.blockingPool.statistics.running
    if calls > 0 { lines += "\n  \(calls) blocking call(s) have not returned" }
    Log.warning("\(signal) came \(duration) ago, and the program has not ended:\(lines)")
  }

  private func end(_ number: Int32) -> Never {
    Syscalls.writeToStandardError(
      "error: the program did not end when \(SignalNumbers.name(number)) asked it to\n")
    Syscalls.exitAtOnceWithChildren(128 + number)
  }
}
