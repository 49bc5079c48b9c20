// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct StuckWatchTests {
  private static let second: Int64 = 1_000_000_000

  @Test func `Threads are looked at once a second at the most, and ever more rarely`() {
    var watch = StuckWatch()
    // 400 waits of 5 ms, and then an hour of them.
    let start = 5 * Self.second
    let looks = stride(from: start, to: start + 3_600 * Self.second, by: 5_000_000)
      .filter { watch.takesLook(at: $0) }
    #expect(looks.prefix(8).map { ($0 - start) / Self.second } == [0, 1, 3, 7, 15, 31, 63, 127])
    let pauses = zip(looks.dropFirst(7), looks.dropFirst(8)).map { ($1 - $0) / Self.second }
    #expect(!pauses.isEmpty && pauses.allSatisfy { $0 == 64 }, "\(pauses)")
  }

  @Test func `A question that comes late is answered, and the next one waits its time`() {
    var watch = StuckWatch()
    let times = [0, Self.second - 1, 10 * Self.second, 12 * Self.second - 1, 12 * Self.second]
    let looks = times.map { watch.takesLook(at: $0) }
    #expect(looks == [true, false, true, false, true])
    #expect(watch.nextLook == 16 * Self.second)
  }

  @Test func `The time of the clock has no end that it could run over`() {
    var watch = StuckWatch()
    let looks = watch.takesLook(at: .max)
    #expect(looks)
    #expect(watch.nextLook == .max)
  }

  @Test func `A standstill is said after five seconds, and again each minute`() {
    var warnings = StandstillWarnings(since: 2 * Self.second)
    let said = (0...200).filter { warnings.isDue(at: Int64($0) * Self.second) }
    #expect(said == [7, 67, 127, 187])
  }
}
