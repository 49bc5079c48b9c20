// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// Writes heads of HTTP/1.1, and nothing that a peer could read as more than one.
///
/// Every byte is checked before the first is written: no name, value, method, target or reason can split a message (RFC 9110
/// section 5.5).
package struct HeadEncoder {
  /// What has been written.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// Writes the head of a request.
  ///
  /// `Host` comes first, RFC 9112 section 3.2. Fields of framing are written by what `framing` says, and left out of `fields`.
  ///
  /// - Parameters:
  ///   - host: The host, with a port if it is not the usual one.
  ///   - framing: How the body is framed; `.none` writes no field of it.
  ///   - lines: Fields that `lines(of:)` has made, in front of the others.
  package mutating func appendRequest(
    method: String, target: String, host: String, lines: [UInt8] = [], fields: HTTPFields,
    framing: BodyFraming
  ) throws(HeadEncodingError) {
    guard !method.isEmpty, method.utf8.allSatisfy(ByteSet.token.contains) else {
      throw .malformedMethod(method)
    }
    guard !target.isEmpty, target.utf8.allSatisfy(ByteSet.target.contains) else {
      throw .malformedTarget(target)
    }
    var host = host
    guard host.withUTF8({ HostName.isValid(UnsafeRawBufferPointer($0), 0, $0.count) }) else {
      throw .malformedHost(host)
    }
    try Self.check(fields)
    append(method)
    append(" ")
    append(target)
    append(" HTTP/1.1\r\nHost: ")
    append(host)
    append("\r\n")
    bytes += lines
    append(fields, framing)
  }

  /// The lines of fields that go with many requests.
  package static func lines(of fields: HTTPFields) throws(HeadEncodingError) -> [UInt8] {
    try check(fields)
    var encoder = HeadEncoder()
    for field in fields { encoder.append(field) }
    return encoder.take()
  }

  /// Writes the head of a response.
  package mutating func appendResponse(
    status: Int, reason: String, fields: HTTPFields, framing: BodyFraming
  ) throws(HeadEncodingError) {
    guard reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw .malformedReason(reason)
    }
    try Self.check(fields)
    append("HTTP/1.1 ")
    append(String(status))
    append(" ")
    append(reason)
    append("\r\n")
    append(fields, framing)
  }

  /// Writes the first line of a response; `append` and `endResponse` follow.
  package mutating func beginResponse(status: Int, reason: String) throws(HeadEncodingError) {
    bytes.reserveCapacity(256)
    // Most are this one.
    if status == 200, reason == "OK" { return append("HTTP/1.1 200 OK\r\n" as StaticString) }
    guard reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw .malformedReason(reason)
    }
    append("HTTP/1.1 \(status) \(reason)\r\n")
  }

  /// Writes a line that is known to be right, with its end.
  package mutating func append(_ line: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount))
  }

  /// Writes lines that are known to be right, with their ends.
  package mutating func append(lines: [UInt8]) { bytes += lines }

  /// Writes the fields of a response, and the end of its head.
  package mutating func endResponse(
    _ fields: HTTPFields, _ framing: BodyFraming
  ) throws(HeadEncodingError) {
    try Self.check(fields)
    append(fields, framing)
  }

  /// Writes a body, or a part of one.
  package mutating func append(body: [UInt8]) { bytes += body }

  /// Writes the size in front of a chunk, which is not empty: the bytes and a CR LF follow.
  package mutating func appendChunkSize(_ count: Int) {
    append(String(count, radix: 16))
    append("\r\n")
  }

  /// Writes the empty chunk that ends a body, and the fields behind it.
  package mutating func appendLastChunk(_ trailers: HTTPFields = [:]) throws(HeadEncodingError) {
    try Self.check(trailers)
    append("0\r\n")
    for field in trailers { append(field) }
    append("\r\n")
  }

  /// Gives what was written, and begins anew.
  package mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  // MARK: Parts

  private static func check(_ fields: HTTPFields) throws(HeadEncodingError) {
    for field in fields {
      let name = field.name.rawName
      guard !name.isEmpty, name.utf8.allSatisfy(ByteSet.token.contains) else {
        throw .malformedFieldName(name)
      }
      let isFit = field.withUnsafeBytesOfValue { value in
        let bytes = UnsafeRawBufferPointer(value)
        return bytes.firstControl(from: 0, to: bytes.count) == bytes.count
      }
      if !isFit { throw .malformedFieldValue(name) }
    }
  }

  private mutating func append(_ fields: HTTPFields, _ framing: BodyFraming) {
    for field in fields {
      switch FieldID.of(field.name) {
      case .host, .contentLength, .transferEncoding: continue
      default: append(field)
      }
    }
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      append("Content-Length: ")
      append(String(length))
      append("\r\n")
    case .chunked: append("Transfer-Encoding: chunked\r\n")
    }
    append("\r\n")
  }

  private mutating func append(_ field: HTTPField) {
    append(field.name.rawName)
    append(": ")
    field.withUnsafeBytesOfValue { bytes.append(contentsOf: $0) }
    append("\r\n")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension HeadEncoder {
  /// Whether these parts make a request that HTTP/1.1 could carry: for those that come in another version.
  ///
  /// - Parameter isTunnel: Whether there is a host only, `CONNECT`.
  package static func isRequest(
    method: String, target: String, host: String, isTunnel: Bool
  ) -> Bool {
    guard !method.isEmpty, method.utf8.allSatisfy(ByteSet.token.contains) else { return false }
    var host = host
    let isHost = host.withUTF8 {
      HostName.isValid(UnsafeRawBufferPointer($0), 0, $0.count, needsPort: isTunnel)
    }
    if isTunnel { return isHost && target.isEmpty }
    guard target.utf8.allSatisfy(ByteSet.target.contains), isHost || host.isEmpty else {
      return false
    }
    return target.utf8.first == 0x2F || target == "*" && method == "OPTIONS"
  }
}
