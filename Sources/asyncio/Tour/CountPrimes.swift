// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Counts the primes below a number, the slow way.
struct CountPrimes: RemoteFunction {
  static func call(_ limit: Int) throws -> Int {
    var count = 0
    for number in 2..<limit {
      var divisor = 2
      while divisor * divisor <= number, number % divisor != 0 { divisor += 1 }
      if divisor * divisor > number { count += 1 }
    }
    return count
  }
}
