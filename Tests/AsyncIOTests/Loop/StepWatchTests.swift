// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIOCore

@Suite struct StepWatchTests {
  private static let threshold: Int64 = 100_000_000

  @Test func `A step that lasts is slow from the look at which it was first seen`() {
    var watch = StepWatch(threshold: Self.threshold)
    #expect(watch.look(at: 1, isAsleep: false, 0) == .busy)
    #expect(watch.look(at: 1, isAsleep: false, 50_000_000) == .busy)
    #expect(watch.look(at: 1, isAsleep: false, 80_000_000) == .slow(since: 0, mustReport: false))
  }

  @Test func `It is reported at ten times the threshold, after 10 s and after 60 s`() {
    var watch = StepWatch(threshold: Self.threshold)
    _ = watch.look(at: 1, isAsleep: false, 0)
    let reported = (1...700).filter { tenths in
      watch.look(at: 1, isAsleep: false, Int64(tenths) * 100_000_000)
        == .slow(since: 0, mustReport: true)
    }
    #expect(reported == [10, 100, 600])
  }

  @Test func `Another step begins anew`() {
    var watch = StepWatch(threshold: Self.threshold)
    _ = watch.look(at: 1, isAsleep: false, 0)
    #expect(watch.look(at: 2, isAsleep: false, 5_000_000_000) == .busy)
    #expect(
      watch.look(at: 2, isAsleep: false, 6_000_000_000)
        == .slow(since: 5_000_000_000, mustReport: true))
  }

  @Test func `A loop that has just woken does not hold the step from before its sleep`() {
    var watch = StepWatch(threshold: Self.threshold)
    #expect(watch.look(at: 1, isAsleep: true, 0) == .busy)
    #expect(watch.look(at: 1, isAsleep: true, 25_000_000) == .asleep)
    // Awake, and not yet in the next step.
    #expect(watch.look(at: 1, isAsleep: false, 5_000_000_000) == .busy)
    #expect(watch.look(at: 2, isAsleep: false, 5_025_000_000) == .busy)
  }
}
