// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Texts laid out: what Foundation has for this would load twice as much into memory as the whole tool takes.
extension StringProtocol {
  /// Without the spaces and ends of lines around it.
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// With spaces behind it, or cut, to a width.
  func padded(to width: Int) -> String {
    prefix(width) + String(repeating: " ", count: Swift.max(0, width - count))
  }
}

extension Double {
  /// With so many digits behind the point.
  func fixed(_ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
    guard isFinite, magnitude < 1e15 / Double(scale) else { return "\(self)" }
    let number = Int((magnitude * Double(scale)).rounded())
    let sign = self < 0 && number > 0 ? "-" : ""
    if digits == 0 { return "\(sign)\(number)" }
    let fraction = String(number % scale)
    return
      "\(sign)\(number / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }
}
