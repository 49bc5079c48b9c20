// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How the end of a body is told, RFC 9112 section 6.3.
package enum BodyFraming: Equatable, Sendable {
  /// There is no body.
  case none
  /// So many bytes.
  case length(Int)
  /// Chunks, the last of them empty.
  case chunked
  /// All that comes until the connection is closed.
  case untilClose
}

extension FieldBlock {
  /// How the fields say that the body is framed; nil if they say nothing.
  ///
  /// - Parameters:
  ///   - allowsRepeatedLength: Whether lengths that are the same count as one, as in responses.
  ///   - isOld: Whether the message is of HTTP/1.0, which has no chunks.
  func framing(allowsRepeatedLength: Bool, isOld: Bool) throws(WireError) -> BodyFraming? {
    let hasCoding = contains(.transferEncoding)
    guard contains(.contentLength) else {
      return hasCoding ? try transferCoding(isOld: isOld) : nil
    }
    if hasCoding { throw WireError(.lengthAndTransferCoding) }
    return .length(try contentLength(allowsRepeated: allowsRepeatedLength))
  }

  private func contentLength(allowsRepeated: Bool) throws(WireError) -> Int {
    var length: Int?
    for slot in slots where slot.id == .contentLength {
      let offset = Int(slot.valueStart)
      // Not `members`: an empty member is an error here.
      for member in value(slot).split(separator: 0x2C, omittingEmptySubsequences: false) {
        guard let new = Self.number(member) else {
          throw WireError(.malformedContentLength, at: offset)
        }
        if let length, length != new || !allowsRepeated {
          throw WireError(.repeatedContentLength, at: offset)
        }
        length = new
      }
    }
    guard let length else { throw WireError(.malformedContentLength) }
    return length
  }

  /// Digits, and nothing else but spaces around them.
  private static func number(_ slice: ArraySlice<UInt8>) -> Int? {
    let (start, end) = slice.withUnsafeBytes { $0.trimmed(0, $0.count) }
    guard start < end else { return nil }
    var number = 0
    for byte in slice[(slice.startIndex + start)..<(slice.startIndex + end)] {
      guard byte &- 0x30 < 10 else { return nil }
      let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isOver) = tens.addingReportingOverflow(Int(byte &- 0x30))
      if isTooLarge || isOver { return nil }
      number = sum
    }
    return number
  }

  private func transferCoding(isOld: Bool) throws(WireError) -> BodyFraming {
    if isOld { throw WireError(.transferCodingInOldVersion) }
    let codings = members(.transferEncoding)
    let isChunked = codings.map { coding in
      coding.withUnsafeBytes { $0.equals("chunked", from: 0, to: $0.count) }
    }
    switch isChunked.count(where: \.self) {
    case 1 where isChunked.last == true:
      // Others before it would have to be undone, and are not known here.
      if codings.count > 1 { throw WireError(.unknownTransferCoding) }
      return .chunked
    case 0 where codings.count == 1 && !Self.isIdentity(codings[0]):
      throw WireError(.unknownTransferCoding)
    default: throw WireError(.malformedTransferCoding)
    }
  }

  private static func isIdentity(_ coding: ArraySlice<UInt8>) -> Bool {
    coding.withUnsafeBytes { $0.equals("identity", from: 0, to: $0.count) }
  }
}
