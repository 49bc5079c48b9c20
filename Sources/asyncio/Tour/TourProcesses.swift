// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

extension TourSection {
  static let processes = TourSection(
    name: "processes", title: "Async is for I/O, processes are for CPU",
    code: """
      struct CountPrimes: RemoteFunction {
        static func call(_ limit: Int) throws -> Int { … }     // computes for a long time
      }
      let pool = ProcessPool(workers: 2)
      let counts = try await gather(limits) { limit in try await pool.run(CountPrimes.self, limit) }
      """
  ) { tour, timeline in
    let limits = [Int](repeating: numbersForATenth(), count: 4)
    let alone = try await timeline.track("one process") { try await batch(limits, workers: 1) }
    let shared = try await timeline.track("two processes") { try await batch(limits, workers: 2) }
    tour.say(
      "  the same four computations took \(text(alone)) in one process, \(text(shared)) in two;")
    tour.say("  on the loop they would take as long as in one, and hold up everybody else")
  }

  /// How long a pool takes for all; its workers are started before.
  private static func batch(_ limits: [Int], workers: Int) async throws -> Duration {
    let pool = ProcessPool(workers: workers)
    _ = try await AsyncIO.gather(0..<workers) { _ in try await pool.run(CountPrimes.self, 100) }
    let start = ContinuousClock.now
    _ = try await AsyncIO.gather(limits) { limit in try await pool.run(CountPrimes.self, limit) }
    let duration = start.duration(to: .now)
    await pool.shutdown()
    return duration
  }

  /// How many numbers take a good tenth of a second on this machine, optimised or not.
  private static func numbersForATenth() -> Int {
    let start = ContinuousClock.now
    _ = try? CountPrimes.call(20_000)
    let seconds = max(0.0001, start.duration(to: .now) / .seconds(1))
    // The work grows a little faster than the numbers.
    return min(2_000_000, Int(20_000 * (0.15 / seconds * 0.7)))
  }
}
