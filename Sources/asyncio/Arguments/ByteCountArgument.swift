// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser

/// A number of bytes as a user writes it: `500`, `64K`, `10M`, `2G`.
struct ByteCountArgument: ExpressibleByArgument, CustomStringConvertible, Sendable {
  let count: Int

  init(_ count: Int) { self.count = count }

  init?(argument: String) {
    let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = argument.uppercased().last.flatMap { shifts[$0] }
    guard let number = Int(shift == nil ? argument[...] : argument.dropLast()), number >= 0 else {
      return nil
    }
    let (product, isTooLarge) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    if isTooLarge { return nil }
    count = product
  }

  var description: String {
    for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)]
    where count > 0 && count % (1 << shift) == 0 {
      return "\(count >> shift)\(unit)"
    }
    return "\(count)"
  }
}
