// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Finds steps that hold a loop for too long, without reading a clock at each step: the loop counts
/// its steps, and a thread that looks at the count now and then (`Watchdog`) notices when it stands
/// still.
///
/// The loop itself reports the step once it is over, the watchdog while it lasts.
package final class StepMonitor: Sendable {
  /// Nanoseconds; 0 when nothing is to be reported.
  let threshold: Int64

  private let step = Atomic<UInt64>(0)
  private let suspect = Atomic<UInt64>(0)
  private let suspectSince = Atomic<Int64>(0)
  /// When the loop last woke from a sleep: no step of its present batch began before.
  private let wokeAt = Atomic<Int64>(0)

  init(threshold: Int64) { self.threshold = threshold }

  // MARK: The loop's side

  @inline(__always)
  func beginStep(_ number: UInt64) { step.store(number, ordering: .relaxed) }

  @inline(__always)
  func suspects(_ number: UInt64) -> Bool { suspect.load(ordering: .relaxed) == number }

  func loopWoke() {
    guard threshold > 0 else { return }
    wokeAt.store(Syscalls.bootTime(), ordering: .relaxed)
    Watchdog.shared.resumeIfPaused()
  }

  /// How long the suspected step took, or nil when it was quick enough after all.
  func durationOfSuspect(at now: Int64) -> Int64? {
    let since = max(
      suspectSince.load(ordering: .relaxed), wokeAt.load(ordering: .relaxed))
    let duration = now - since
    return duration >= threshold ? duration : nil
  }

  // MARK: The watchdog's side

  package var currentStep: UInt64 { step.load(ordering: .relaxed) }

  func suspect(_ number: UInt64, since: Int64) {
    suspectSince.store(since, ordering: .relaxed)
    suspect.store(number, ordering: .relaxed)
  }
}

/// What is written about a step that holds the loop.
enum SlowStepReport {
  private static let advice =
    "Move blocking calls into runBlocking { } and long computations off the loop."

  /// The step is over.
  static func logEnd(milliseconds: Int64, title: String, loop: String) {
    Log.warning(
      "\(title) held the event loop for \(milliseconds) ms without suspending; nothing else ran "
        + "meanwhile. \(advice)", ["loop": loop])
  }

  /// The step goes on, and may never end.
  static func logStill(milliseconds: Int64, title: String, loop: String) {
    Log.warning(
      "\(title) has been holding the event loop for \(milliseconds) ms without suspending, and still "
        + "does; nothing else runs meanwhile. \(advice)", ["loop": loop])
  }

  /// When a step that lasts is reported, in nanoseconds: at ten times the threshold, and after 10 s and 60 s.
  static func stages(threshold: Int64) -> [Int64] {
    let first = threshold.multipliedReportingOverflow(by: 10)
    let stages = [first.overflow ? .max : first.partialValue, 10_000_000_000, 60_000_000_000]
    return Set(stages).sorted().filter { $0 >= threshold }
  }
}
