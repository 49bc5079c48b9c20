// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO

/// So many a second as a user writes it: `10`, `10/s`, `90/m`, `1000/h`.
struct RateArgument: ExpressibleByArgument, Sendable {
  /// The time between two.
  let interval: Duration

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    let seconds: [Substring: Double] = ["s": 1, "m": 60, "h": 3_600]
    guard parts.count <= 2, let number = Double(parts[0]), number > 0, number <= 1e6,
      let unit = seconds[parts.count == 2 ? parts[1] : "s"], unit / number < 1e6
    else { return nil }
    interval = .nanoseconds(Int64(unit / number * 1e9))
  }
}
