// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Finds the end of a head, and refuses one that can be none: each byte is looked at once, however slowly they come.
///
/// Lines end with CR LF, and with nothing else (RFC 9112 section 2.2 allows a reader to take more, which is how two readers come to see
/// two messages in the same bytes).
package struct HeadScanner: Sendable {
  package enum Kind: Sendable { case request, response, trailers }

  private let kind: Kind
  private let limits: HeadLimits
  /// Up to where there is no line feed that was not looked at.
  private var scanned = 0
  private var lineStart = 0
  private var lines = 0
  /// Where the head begins: behind an empty line that a client has sent too many, RFC 9112 section 2.2.
  private var start = 0

  package init(_ kind: Kind, _ limits: HeadLimits) {
    self.kind = kind
    self.limits = limits
  }

  /// Where the head begins and ends, with the empty line that ends it; nil while that has not come.
  ///
  /// - Parameter bytes: All that has come, from the same byte on each time.
  package mutating func find(
    in bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> (start: Int, end: Int)? {
    while let end = bytes.first(0x0A, from: scanned) {
      scanned = end &+ 1
      guard end > lineStart, bytes[end &- 1] == 0x0D else {
        throw WireError(.bareLineFeed, at: end)
      }
      let isEmpty = end &- 1 == lineStart
      try checkSize(through: end &- 1)
      lineStart = end &+ 1
      if !isEmpty {
        lines &+= 1
        if lines > limits.fields &+ (kind == .trailers ? 0 : 1) {
          throw WireError(.tooManyFields, at: end)
        }
      } else if lines > 0 || kind == .trailers {
        return (start, end &+ 1)
      } else if kind == .request, start == 0 {
        start = end &+ 1
      } else {
        throw WireError(.emptyLine, at: end)
      }
    }
    scanned = bytes.count
    try checkSize(through: bytes.count)
    return nil
  }

  @inline(__always)
  private func checkSize(through end: Int) throws(WireError) {
    if lines == 0, end &- lineStart > limits.firstLine {
      switch kind {
      case .request: throw WireError(.requestLineTooLong, at: end)
      case .response: throw WireError(.headTooLarge, at: end)
      case .trailers: throw WireError(.trailersTooLarge, at: end)
      }
    }
    if end &- start > limits.bytes {
      throw WireError(kind == .trailers ? .trailersTooLarge : .headTooLarge, at: end)
    }
  }
}
