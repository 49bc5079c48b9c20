// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Looks for the separator that ends first, of several, in bytes that come piece by piece.
///
/// Pure: it is asked again when there is more, and looks at no byte twice but at those in which a separator
/// may have begun.
struct DelimiterSearch {
  enum Step: Equatable {
    /// The number of bytes, the separator included.
    case found(count: Int)
    case needsMore
    /// More bytes before the separator than the limit allows.
    case overrun(isSeparatorFound: Bool)
  }

  private let separators: [[UInt8]]
  private let limit: Int
  private let longest: Int
  private var searched = 0

  init(_ separators: [[UInt8]], limit: Int) {
    require(limit > 0, "read: the limit must be positive, got \(limit)")
    self.separators = separators
    self.limit = limit
    longest = separators.lazy.map(\.count).max() ?? 1
  }

  mutating func look(in buffer: InputBuffer) -> Step {
    if let match = buffer.firstMatch(separators, from: searched) {
      return match.lowerBound <= limit
        ? .found(count: match.upperBound) : .overrun(isSeparatorFound: true)
    }
    searched = max(0, buffer.count - longest + 1)
    return searched > limit ? .overrun(isSeparatorFound: false) : .needsMore
  }
}
