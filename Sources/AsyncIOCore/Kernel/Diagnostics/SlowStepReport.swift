// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
