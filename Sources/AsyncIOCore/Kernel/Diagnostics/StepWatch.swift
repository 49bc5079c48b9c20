// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the watchdog knows of one loop: which step it was in at the last look, and since when.
///
/// Pure: the caller says what it saw, and when.
struct StepWatch {
  enum Finding: Equatable {
    /// The loop sleeps, and has for more than one look: the next one can wait until it wakes.
    case asleep
    case busy
    /// The step has lasted about as long as the threshold, from the look at which it was first seen.
    case slow(since: Int64, mustReport: Bool)
  }

  private let threshold: Int64
  private var step: UInt64?
  private var wasAsleep = false
  /// The look at which this step was first seen; it had begun by then.
  private var since: Int64 = 0
  /// How many reports there were of this step while it lasts.
  private var reports = 0

  init(threshold: Int64) { self.threshold = threshold }

  /// The time between two looks at a loop that is awake.
  var interval: Int64 { max(1_000_000, threshold / 4) }

  /// One look, `now` in nanoseconds.
  mutating func look(at step: UInt64, isAsleep: Bool, _ now: Int64) -> Finding {
    let hasMoved = step != self.step
    // A loop that has just woken still shows the step from before its sleep.
    let isNew = hasMoved || isAsleep || wasAsleep
    wasAsleep = isAsleep
    if isNew {
      self.step = step
      since = now
      reports = 0
      // A loop that sleeps but has just worked is likely to wake soon: being woken by it each time
      // would cost more than looking.
      return isAsleep && !hasMoved ? .asleep : .busy
    }
    guard now - since >= threshold - interval else { return .busy }
    return .slow(since: since, mustReport: isReportDue(now))
  }

  private mutating func isReportDue(_ now: Int64) -> Bool {
    let stages = SlowStepReport.stages(threshold: threshold)
    guard reports < stages.count, now - since >= stages[reports] else { return false }
    reports += 1
    return true
  }
}
