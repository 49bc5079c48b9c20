// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CHTTP2
internal import HTTPCore
internal import HTTPTypes

/// Fields on their way to libnghttp2, which copies them: all names and values in one array.
struct FieldList {
  private var bytes: [UInt8] = []
  private var ranges: [(name: Range<Int>, value: Range<Int>, isSensitive: Bool)] = []

  /// Adds a field that begins with a colon, RFC 9113 section 8.3.
  mutating func append(pseudo name: String, _ value: String) throws(HTTP2Error) {
    guard value.utf8.allSatisfy({ $0 >= 0x21 && $0 != 0x7F }) else { throw .malformedField(name) }
    append(name.utf8, value.utf8, isSensitive: false)
  }

  /// Adds the fields of a message, without those of a connection, which HTTP/2 has other means for (RFC 9113 section 8.2.2).
  mutating func append(_ fields: HTTPFields) throws(HTTP2Error) {
    for field in fields {
      switch FieldID.of(field.name) {
      case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .host: continue
      case .te where field.value.lowercased() != "trailers": continue
      default: break
      }
      let name = field.name.canonicalName
      guard !name.isEmpty, name.utf8.allSatisfy(ByteSet.token.contains) else {
        throw .malformedField(name)
      }
      let isFit = field.withUnsafeBytesOfValue { value -> Bool in
        let bytes = UnsafeRawBufferPointer(value)
        guard bytes.firstControl(from: 0, to: bytes.count) == bytes.count else { return false }
        append(name.utf8, value, isSensitive: field.isSecret)
        return true
      }
      if !isFit { throw .malformedField(name) }
    }
  }

  private mutating func append(
    _ name: some Collection<UInt8>, _ value: some Collection<UInt8>, isSensitive: Bool
  ) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    let middle = bytes.count
    bytes.append(contentsOf: value)
    ranges.append((start..<middle, middle..<bytes.count, isSensitive))
  }

  /// Lends the fields as libnghttp2 takes them.
  func withFields<Result>(
    _ body: (UnsafePointer<asyncio_h2_field>?, Int) -> Result
  ) -> Result {
    bytes.withUnsafeBufferPointer { bytes in
      // An empty list has no memory, and no field that would point there.
      let fields = ranges.compactMap { range in
        bytes.baseAddress.map { base in
          asyncio_h2_field(
            name: base + range.name.lowerBound, name_count: range.name.count,
            value: base + range.value.lowerBound, value_count: range.value.count,
            is_sensitive: range.isSensitive)
        }
      }
      return fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }
}

extension HTTPField {
  /// Not to be put into a table of which a guess could be confirmed (CRIME): short ones that are guessed, and what others may not see.
  fileprivate var isSecret: Bool {
    switch FieldID.of(name) {
    case .authorization, .proxyAuthorization: true
    case .cookie, .setCookie: withUnsafeBytesOfValue { $0.count < 20 }
    default: indexingStrategy == .disallow
    }
  }
}
