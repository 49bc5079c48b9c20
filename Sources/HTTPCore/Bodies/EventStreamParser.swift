// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Reads server-sent events, HTML Standard section 9.2.6.
///
/// Pure: bytes in, events out. Lines end with LF, CR LF or CR, also where a piece ends between the two.
package struct EventStreamParser: Sendable {
  package struct Event: Equatable, Sendable {
    package var name: String
    package var data: String
    package var id: String
    /// In milliseconds.
    package var retry: Int?
  }

  /// An event is larger than the limit.
  package struct TooLarge: Error, CustomStringConvertible {
    package let limit: Int
    package var description: String { "an event is larger than the limit of \(limit) bytes" }
  }

  private let limit: Int
  private var input: [UInt8] = []
  private var position = 0
  private var isAtStart = true
  /// Whether the last byte was a CR: a LF behind it is of the same end.
  private var endsWithReturn = false
  private var line: [UInt8] = []

  private var name = ""
  private var data: [UInt8] = []
  private var hasData = false
  private var id = ""
  private var retry: Int?

  package init(limit: Int = 1 << 20) { self.limit = limit }

  package mutating func append(_ bytes: [UInt8]) {
    input = position == input.count ? bytes : input[position...] + bytes
    position = 0
  }

  /// The next event; nil if none is there whole.
  package mutating func next() throws(TooLarge) -> Event? {
    while position < input.count {
      let byte = input[position]
      position += 1
      if endsWithReturn, byte == 0x0A {
        endsWithReturn = false
        continue
      }
      endsWithReturn = byte == 0x0D
      guard byte == 0x0A || byte == 0x0D else {
        guard line.count + data.count < limit else { throw TooLarge(limit: limit) }
        line.append(byte)
        continue
      }
      let ended = line
      line.removeAll(keepingCapacity: true)
      if let event = take(withoutMark(ended)) { return event }
    }
    return nil
  }

  /// The mark of the byte order may stand before the first line.
  private mutating func withoutMark(_ line: [UInt8]) -> ArraySlice<UInt8> {
    defer { isAtStart = false }
    return isAtStart && line.starts(with: [0xEF, 0xBB, 0xBF]) ? line[3...] : line[...]
  }

  /// Takes a line; the empty one ends an event.
  private mutating func take(_ line: ArraySlice<UInt8>) -> Event? {
    if line.isEmpty { return dispatch() }
    let colon = line.firstIndex(of: 0x3A)
    // A comment.
    if colon == line.startIndex { return nil }
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == 0x20 { value.removeFirst() }
    switch String(decoding: colon.map { line[..<$0] } ?? line, as: UTF8.self) {
    case "event": name = String(decoding: value, as: UTF8.self)
    case "data":
      data += value
      data.append(0x0A)
      hasData = true
    case "id": if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
    case "retry":
      if !value.isEmpty, value.allSatisfy({ $0 &- 0x30 < 10 }),
        let number = Int(String(decoding: value, as: UTF8.self))
      {
        retry = min(number, 86_400_000)
      }
    default: break
    }
    return nil
  }

  private mutating func dispatch() -> Event? {
    defer { (name, data, hasData) = ("", [], false) }
    guard hasData else { return nil }
    return Event(
      name: name.isEmpty ? "message" : name, data: String(decoding: data.dropLast(), as: UTF8.self),
      id: id, retry: retry)
  }
}
