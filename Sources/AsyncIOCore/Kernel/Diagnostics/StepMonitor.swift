// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Finds steps that hold a loop for too long, without reading a clock at each step: the loop counts
/// its steps, and a thread that looks at the count now and then (`Watchdog`) notices when it does not change.
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
