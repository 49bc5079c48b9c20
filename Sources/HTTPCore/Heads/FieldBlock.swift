// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// The lines of a head: its bytes, and where in them each field is.
///
/// Two allocations, whatever the number of fields; texts and `HTTPFields` are made of it only when they are asked for.
package struct FieldBlock: Sendable {
  /// One field.
  package struct Slot: Sendable {
    package let id: FieldID
    let nameStart: UInt32
    let nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
  }

  /// The head, without the empty line at its end; where lines were folded, with spaces in place of the fold.
  package private(set) var bytes: [UInt8]
  package private(set) var slots: ContiguousArray<Slot>

  /// Takes the fields of a head apart, which begin at `start`.
  ///
  /// - Parameter unfolds: Whether a line that begins with whitespace goes on with the one before, as clients have to accept of servers
  ///   (RFC 9112 section 5.2); otherwise it is an error.
  init(_ bytes: consuming [UInt8], from start: Int, unfolds: Bool) throws(WireError) {
    var slots = ContiguousArray<Slot>()
    slots.reserveCapacity(12)
    self.bytes = bytes
    var failure: WireError?
    self.bytes.withUnsafeMutableBytes { buffer in
      do throws(WireError) {
        try Self.parse(buffer, from: start, unfolds, into: &slots)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    self.slots = slots
  }

  private static func parse(
    _ buffer: UnsafeMutableRawBufferPointer, from start: Int, _ unfolds: Bool,
    into slots: inout ContiguousArray<Slot>
  ) throws(WireError) {
    let bytes = UnsafeRawBufferPointer(buffer)
    var line = start
    while line < bytes.count {
      // Each line has its end: the scanner has seen to that.
      let feed = bytes.first(0x0A, from: line) ?? bytes.count
      let end = feed &- 1
      defer { line = feed &+ 1 }
      if bytes[line] == 0x20 || bytes[line] == 0x09 {
        guard let last = slots.last else { throw WireError(.unexpectedWhitespace, at: line) }
        guard unfolds else { throw WireError(.foldedLine, at: line) }
        try checkValue(bytes, line, end)
        (buffer[line &- 2], buffer[line &- 1]) = (0x20, 0x20)
        let value = bytes.trimmed(Int(last.valueStart), end)
        slots[slots.count &- 1].valueStart = UInt32(truncatingIfNeeded: value.start)
        slots[slots.count &- 1].valueEnd = UInt32(truncatingIfNeeded: value.end)
        continue
      }
      var colon = line
      while colon < end, ByteSet.token.contains(bytes[colon]) { colon &+= 1 }
      guard colon > line, colon < end, bytes[colon] == 0x3A else {
        throw WireError(.malformedFieldName, at: colon)
      }
      try checkValue(bytes, colon &+ 1, end)
      let value = bytes.trimmed(colon &+ 1, end)
      slots.append(
        Slot(
          id: .of(bytes, from: line, to: colon), nameStart: UInt32(truncatingIfNeeded: line),
          nameEnd: UInt32(truncatingIfNeeded: colon),
          valueStart: UInt32(truncatingIfNeeded: value.start),
          valueEnd: UInt32(truncatingIfNeeded: value.end)))
    }
  }

  @inline(__always)
  private static func checkValue(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
  ) throws(WireError) {
    let control = bytes.firstControl(from: start, to: end)
    guard control < end else { return }
    throw WireError(
      bytes[control] == 0x0D ? .bareCarriageReturn : .malformedFieldValue, at: control)
  }

  // MARK: Looking

  /// The value of a field, as bytes.
  package func value(_ slot: Slot) -> ArraySlice<UInt8> {
    bytes[Int(slot.valueStart)..<Int(slot.valueEnd)]
  }

  /// The name of a field, as it was sent.
  package func name(_ slot: Slot) -> ArraySlice<UInt8> {
    bytes[Int(slot.nameStart)..<Int(slot.nameEnd)]
  }

  /// The values of all fields of a name, in their order.
  package func values(_ id: FieldID) -> [ArraySlice<UInt8>] {
    slots.filter { $0.id == id }.map(value)
  }

  /// The first value of a field as text; bytes that are not UTF-8 are replaced.
  package func text(_ id: FieldID) -> String? {
    slots.first { $0.id == id }.map { String(decoding: value($0), as: UTF8.self) }
  }

  package func contains(_ id: FieldID) -> Bool { slots.contains { $0.id == id } }

  /// The members of a list that may be spread over several fields, RFC 9110 section 5.6.1; empty ones are left out.
  package func members(_ id: FieldID) -> [ArraySlice<UInt8>] {
    values(id).flatMap { value in
      value.split(separator: 0x2C).map(Self.trimmed).filter { !$0.isEmpty }
    }
  }

  private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    var slice = slice.drop(while: isSpace)
    while let last = slice.last, isSpace(last) { slice.removeLast() }
    return slice
  }

  /// Whether a list has a member, whatever the case of its letters.
  package func hasMember(_ text: StaticString, in id: FieldID) -> Bool {
    members(id).contains { member in
      member.withUnsafeBytes { $0.equals(text, from: 0, to: $0.count) }
    }
  }

  /// The fields with their values as bytes, in their order.
  package var fields: HTTPFields { fields { _ in true } }

  /// The fields of which `isWanted` says so.
  package func fields(where isWanted: (FieldID) -> Bool) -> HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(slots.count)
    for slot in slots where isWanted(slot.id) {
      // A token was parsed, so there is such a name.
      guard let name = HTTPField.Name(String(decoding: name(slot), as: UTF8.self)) else { continue }
      fields.append(HTTPField(name: name, lenientValue: value(slot)))
    }
    return fields
  }
}

extension FieldBlock {
  /// The values of the fields of a name as one text, joined as a list; nil if there is none.
  package func text(_ name: HTTPField.Name) -> String? {
    let id = FieldID.of(name)
    var wanted = name.canonicalName
    let found = wanted.withUTF8 { wanted in
      slots.filter { slot in
        if id != .other { return slot.id == id }
        return slot.id == .other && self.name(slot).count == wanted.count
          && zip(self.name(slot), wanted).allSatisfy {
            UnsafeRawBufferPointer.lowercased($0) == $1
          }
      }
    }
    guard let first = found.first else { return nil }
    if found.count == 1 { return String(decoding: value(first), as: UTF8.self) }
    // Cookies are no list: RFC 6265 section 5.4.
    let separator: [UInt8] = id == .cookie ? [0x3B, 0x20] : [0x2C, 0x20]
    return String(decoding: Array(found.map(value).joined(separator: separator)), as: UTF8.self)
  }
}
