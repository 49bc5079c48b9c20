// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Glibc
import Logging

/// A duration as a user writes it.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible, Sendable {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let units: [(suffix: String, seconds: Double)] = [
      ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
    ]
    let unit = units.first { argument.hasSuffix($0.suffix) } ?? ("", 1)
    // A hundred years are enough, and nothing overflows.
    guard let number = Double(argument.dropLast(unit.suffix.count)), number > 0,
      number * unit.seconds < 3.2e9
    else { return nil }
    duration = .nanoseconds(Int64(number * unit.seconds * 1e9))
  }

  var description: String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds.truncatingRemainder(dividingBy: 1000) == 0
      ? "\((milliseconds / 1000).fixed(0))s" : "\(milliseconds.fixed(0))ms"
  }
}
