// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bytes that came and were not asked for yet.
///
/// Empty, it holds no memory: a connection that waits costs nothing here.
@usableFromInline
package struct InputBuffer {
  // Invariant: bytes[head...] are the buffered ones; `head` is 0 when there are none.
  @usableFromInline var bytes: [UInt8] = []
  @usableFromInline var head = 0

  @inlinable
  package init() {}

  @inlinable
  package var count: Int { bytes.count - head }
  @inlinable
  package var isEmpty: Bool { count == 0 }

  @inlinable
  package mutating func append(_ new: UnsafeRawBufferPointer) {
    // Moved to the front when at least half is used up: each byte is moved once at the most.
    if head > 0, head >= bytes.count / 2 {
      bytes.removeSubrange(..<head)
      head = 0
    }
    bytes.append(contentsOf: new)
  }

  /// Appends an array, without a copy when nothing is buffered.
  @inlinable
  package mutating func append(_ new: [UInt8]) {
    if isEmpty { bytes = new } else { new.withUnsafeBytes { append($0) } }
  }

  /// Lends the first bytes, `limit` at the most.
  @inlinable
  package func withBytes<Result>(
    _ limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[head..<(head + min(limit, count))]))
    }
  }

  @inlinable
  package func prefix(_ limit: Int) -> [UInt8] { Array(bytes[head..<(head + min(limit, count))]) }

  @inlinable
  package mutating func take(_ limit: Int) -> [UInt8] {
    if limit >= count, head == 0 { return takeAll() }
    defer { drop(min(limit, count)) }
    return prefix(limit)
  }

  @inlinable
  package mutating func takeAll() -> [UInt8] {
    defer { (bytes, head) = ([], 0) }
    return head == 0 ? bytes : Array(bytes[head...])
  }

  /// Moves bytes into `buffer`; how many.
  @inlinable
  package mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let taken = min(count, buffer.count)
    buffer.copyBytes(from: bytes[head..<(head + taken)])
    drop(taken)
    return taken
  }

  @inlinable
  package mutating func drop(_ dropped: Int) {
    head += dropped
    if head == bytes.count { (bytes, head) = ([], 0) }
  }

  /// Where a separator is, and its end, both counted from the first byte: of several, the one that ends first, and
  /// the longest of those that end there.
  ///
  /// By where it ends, and not by where it begins, so that the same bytes give the same result in whatever pieces
  /// they come. Looks at nothing before `start`.
  package func firstMatch(_ separators: [[UInt8]], from start: Int) -> Range<Int>? {
    bytes.withUnsafeBufferPointer { all in
      let buffered = UnsafeBufferPointer(rebasing: all[head...])
      var best: Range<Int>?
      for separator in separators {
        let end = min(buffered.count, best?.upperBound ?? .max)
        guard let found = Self.find(separator, in: buffered[..<end], from: start) else { continue }
        guard let other = best, other.upperBound == found.upperBound else {
          best = found
          continue
        }
        if found.lowerBound < other.lowerBound { best = found }
      }
      return best
    }
  }

  private static func find(
    _ separator: [UInt8], in bytes: Slice<UnsafeBufferPointer<UInt8>>, from start: Int
  ) -> Range<Int>? {
    guard let first = separator.first else { return nil }
    var index = start
    while index + separator.count <= bytes.endIndex {
      guard let candidate = bytes[index...].firstIndex(of: first),
        candidate + separator.count <= bytes.endIndex
      else { return nil }
      let end = candidate + separator.count
      if separator.count == 1 || bytes[candidate..<end].elementsEqual(separator) {
        return candidate..<end
      }
      index = candidate + 1
    }
    return nil
  }
}
