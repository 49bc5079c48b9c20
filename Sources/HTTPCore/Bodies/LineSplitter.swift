// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Finds lines in bytes that come in pieces.
package struct LineSplitter: Sendable {
  /// A line is longer than the limit.
  package struct TooLong: Error, CustomStringConvertible {
    package let limit: Int
    package var description: String { "a line is longer than the limit of \(limit) bytes" }
  }

  private let limit: Int
  private var buffer: [UInt8] = []
  private var position = 0
  /// Before this place there is no line feed.
  private var scanned = 0
  private var hasEnded = false

  package init(limit: Int) { self.limit = limit }

  package mutating func append(_ bytes: [UInt8]) {
    if position == buffer.count {
      (buffer, position, scanned) = (bytes, 0, 0)
    } else {
      buffer.removeFirst(position)
      scanned -= position
      position = 0
      buffer += bytes
    }
  }

  /// Nothing follows: what is left is a line, too.
  package mutating func finish() { hasEnded = true }

  /// The next line without its end, LF or CR LF; nil if none is there whole.
  package mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
    let end = buffer[scanned...].firstIndex(of: 0x0A)
    scanned = end ?? buffer.count
    guard scanned - position <= limit else { throw TooLong(limit: limit) }
    guard let end else {
      guard hasEnded, position < buffer.count else { return nil }
      defer { position = buffer.count }
      return buffer[position...]
    }
    var line = buffer[position..<end]
    if line.last == 0x0D { line.removeLast() }
    position = end + 1
    scanned = position
    return line
  }
}
