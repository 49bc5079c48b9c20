// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Times, counted by their size: percentiles to within two percent, in the memory of two thousand numbers, however many there are.
struct LatencyHistogram: Sendable {
  /// Each power of two is cut into so many parts.
  private static let parts = 64
  private var counts = [Int](repeating: 0, count: 64 * 40)
  private(set) var count = 0
  private(set) var sum = Duration.zero
  private(set) var longest = Duration.zero

  mutating func add(_ time: Duration) {
    counts[Self.index(Self.microseconds(time))] += 1
    count += 1
    sum += time
    longest = max(longest, time)
  }

  /// The nearest rank: the smallest time that so many percent do not exceed.
  func percentile(_ percent: Int) -> Duration {
    var rank = max(1, (percent * count + 99) / 100)
    for (index, number) in counts.enumerated() {
      rank -= number
      // The last part has no end.
      if rank <= 0 {
        return index == counts.count - 1
          ? longest : min(.microseconds(Self.upperBound(index)), longest)
      }
    }
    return longest
  }

  private static func microseconds(_ time: Duration) -> Int {
    let (seconds, attoseconds) = time.components
    return max(0, Int(clamping: seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
  }

  /// Exact below 64; above, the highest seven bits count.
  private static func index(_ value: Int) -> Int {
    guard value >= parts else { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    let shift = exponent - 6
    return min(64 * 40 - 1, (shift + 1) * parts + (value >> shift) - parts)
  }

  private static func upperBound(_ index: Int) -> Int {
    guard index >= parts else { return index }
    let shift = index / parts - 1
    return (index % parts + parts + 1) << shift - 1
  }
}
