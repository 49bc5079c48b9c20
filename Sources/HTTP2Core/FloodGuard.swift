// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Counts what a peer may do often, but not without end: a bucket that fills with time and is emptied by each event.
struct FloodGuard {
  private let capacity: Double
  private let perSecond: Double
  private var left: Double
  private var lastTime: Int64?

  /// - Parameters:
  ///   - capacity: How many may come at once.
  ///   - perSecond: How many may come in each second.
  init(capacity: Double, perSecond: Double) {
    self.capacity = capacity
    self.perSecond = perSecond
    left = capacity
  }

  /// Counts one; false when there were too many.
  ///
  /// - Parameter now: The time, in nanoseconds.
  mutating func allows(at now: Int64) -> Bool {
    if let lastTime, now > lastTime {
      left = min(capacity, left + Double(now - lastTime) / 1e9 * perSecond)
    }
    lastTime = now
    left -= 1
    return left >= 0
  }
}
