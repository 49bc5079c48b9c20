// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a client wants of a file, RFC 9110 section 14.2.
package enum ByteRanges: Equatable, Sendable {
  /// All of it: the field is malformed, of another unit, or asks for so much that the whole is less work.
  case whole
  /// Nothing that there is.
  case unsatisfiable
  /// These parts, in the order in which they were asked for; not empty, and none overlaps another.
  case parts([Range<Int>])

  /// More parts than this are no honest wish.
  private static let mostParts = 16

  /// Reads the value of a Range field for a file of a size.
  package init(_ value: String, size: Int) {
    let unit = "bytes="
    guard value.prefix(unit.count).lowercased() == unit else {
      self = .whole
      return
    }
    var parts: [Range<Int>] = []
    let specifications = value.dropFirst(unit.count).split(
      separator: ",", omittingEmptySubsequences: true)
    guard !specifications.isEmpty, specifications.count <= Self.mostParts else {
      self = .whole
      return
    }
    for specification in specifications {
      guard let part = Self.part(Self.trimmed(specification), size) else {
        self = .whole
        return
      }
      if !part.isEmpty { parts.append(part) }
    }
    self = Self.joined(parts, size)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }

  /// One part; empty if it is beyond the end, and nil if it is malformed.
  private static func part(_ text: Substring, _ size: Int) -> Range<Int>? {
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let (from, to) = (text[..<dash], text[text.index(after: dash)...])
    if from.isEmpty {
      guard let count = number(to) else { return nil }
      return max(0, size - count)..<size
    }
    guard let first = number(from) else { return nil }
    var last = size - 1
    if !to.isEmpty {
      guard let wanted = number(to), wanted >= first else { return nil }
      last = min(last, wanted)
    }
    return first < size ? first..<(last + 1) : 0..<0
  }

  /// Digits only; what does not fit is as large as can be.
  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return Int(text) ?? .max
  }

  /// Parts that touch become one; parts that overlap, or make more than the file, are a way to have a server do much work.
  private static func joined(_ parts: [Range<Int>], _ size: Int) -> ByteRanges {
    if parts.isEmpty { return .unsatisfiable }
    let sorted = parts.sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(sorted, sorted.dropFirst()) where one.overlaps(next) { return .whole }
    var joined: [Range<Int>] = []
    for part in parts {
      if let last = joined.last, last.upperBound == part.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<part.upperBound
      } else {
        joined.append(part)
      }
    }
    return joined == [0..<size] ? .whole : .parts(joined)
  }
}
