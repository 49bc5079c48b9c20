// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// The head of a request as a server has received it: checked by RFC 9112, and unambiguous.
package struct RequestHead: Sendable {
  /// What a request is about, RFC 9112 section 3.2.
  package enum Target: Equatable, Sendable {
    /// A path and a query of this server.
    case path
    /// A whole URL, as a proxy is asked; its authority counts, and not the Host field.
    case url
    /// The host and port to which a tunnel is wanted: `CONNECT`.
    case authority
    /// The server itself: `OPTIONS *`.
    case server
  }

  package let block: FieldBlock
  /// The second digit of the version `HTTP/1.x`.
  package let minorVersion: Int
  package let targetForm: Target
  package let framing: BodyFraming
  /// Whether the client keeps the connection open.
  package let persists: Bool
  /// Whether the client waits for a word before it sends the body.
  package let expectsContinue: Bool
  private let methodEnd: Int
  private let targetEnd: Int
  private let hostRange: Range<Int>?

  /// The longest method.
  private static let longestMethod = 32

  /// Takes the head of a request apart, as `HeadScanner` has found it.
  ///
  /// - Parameter bytes: The head, without an empty line before it and with the one behind it.
  package init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    let line = try Self.requestLine(bytes)
    // Without the empty line at the end.
    block = try FieldBlock(
      [UInt8](bytes.slice(0, bytes.count - 2)), from: line.end + 2, unfolds: false)
    minorVersion = line.minorVersion
    methodEnd = line.methodEnd
    targetEnd = line.targetEnd
    let isOld = line.minorVersion == 0
    let target = try Self.target(bytes, line)
    targetForm = target.form
    hostRange = try Self.host(block, bytes, isOld: isOld, target.authority)
    framing = try block.framing(allowsRepeatedLength: false, isOld: isOld) ?? .none
    try block.checkConnection()
    persists = block.persists(isOld: isOld)
    expectsContinue = try Self.expectsContinue(block, isOld: isOld)
  }

  package var method: String { String(decoding: block.bytes[..<methodEnd], as: UTF8.self) }

  /// The target as it was sent.
  package var target: String {
    String(decoding: block.bytes[(methodEnd + 1)..<targetEnd], as: UTF8.self)
  }

  /// The host, with a port if there is one, for which the request is: of the target if that names one, else of the Host field.
  package var host: String? { hostRange.map { String(decoding: block.bytes[$0], as: UTF8.self) } }

  package var fields: HTTPFields { block.fields }

  /// Whether the client would like to speak another protocol; in HTTP/1.1 only, and without a body (RFC 9110 section 7.8).
  package var asksForUpgrade: Bool {
    minorVersion > 0 && framing == .none && block.contains(.upgrade)
      && block.hasMember("upgrade", in: .connection)
  }

  // MARK: The request line

  private struct Line {
    let methodEnd: Int
    let targetEnd: Int
    let end: Int
    let minorVersion: Int
  }

  private static func requestLine(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Line {
    let end = (bytes.first(0x0A, from: 0) ?? bytes.count) - 1
    var methodEnd = 0
    while methodEnd < end, ByteSet.token.contains(bytes[methodEnd]) { methodEnd += 1 }
    guard methodEnd > 0, methodEnd <= longestMethod, bytes[methodEnd] == 0x20 else {
      throw WireError(.malformedMethod, at: methodEnd)
    }
    var targetEnd = methodEnd + 1
    while targetEnd < end, ByteSet.target.contains(bytes[targetEnd]) { targetEnd += 1 }
    guard targetEnd > methodEnd + 1, bytes[targetEnd] == 0x20 else {
      throw WireError(
        targetEnd == end ? .malformedRequestLine : .malformedTarget, at: targetEnd)
    }
    let minorVersion = try Version.minor(bytes, from: targetEnd + 1, to: end)
    return Line(
      methodEnd: methodEnd, targetEnd: targetEnd, end: end, minorVersion: minorVersion)
  }

  private static func target(
    _ bytes: UnsafeRawBufferPointer, _ line: Line
  ) throws(WireError) -> (form: Target, authority: Range<Int>?) {
    let start = line.methodEnd + 1
    let malformed = WireError(.malformedTarget, at: start)
    // Methods are told apart by case.
    if bytes.slice(0, line.methodEnd).elementsEqual("CONNECT".utf8) {
      guard HostName.isValid(bytes, start, line.targetEnd, needsPort: true) else { throw malformed }
      return (.authority, start..<line.targetEnd)
    }
    switch bytes[start] {
    case 0x2F: return (.path, nil)
    case 0x2A:
      guard line.targetEnd == start + 1,
        bytes.slice(0, line.methodEnd).elementsEqual("OPTIONS".utf8)
      else { throw malformed }
      return (.server, nil)
    default:
      let schemes: [StaticString] = ["http://", "https://"]
      for scheme in schemes {
        let from = start + scheme.utf8CodeUnitCount
        guard from < line.targetEnd, bytes.equals(scheme, from: start, to: from) else { continue }
        let to =
          bytes[from..<line.targetEnd].firstIndex { $0 == 0x2F || $0 == 0x3F } ?? line.targetEnd
        guard from < to, HostName.isValid(bytes, from, to) else { throw malformed }
        return (.url, from..<to)
      }
      throw malformed
    }
  }

  // MARK: Fields

  private static func host(
    _ block: FieldBlock, _ bytes: UnsafeRawBufferPointer, isOld: Bool, _ authority: Range<Int>?
  ) throws(WireError) -> Range<Int>? {
    var range: Range<Int>?
    for slot in block.slots where slot.id == .host {
      if range != nil { throw WireError(.repeatedHost, at: Int(slot.nameStart)) }
      let (start, end) = (Int(slot.valueStart), Int(slot.valueEnd))
      guard start == end || HostName.isValid(bytes, start, end) else {
        throw WireError(.malformedHost, at: start)
      }
      range = start..<end
    }
    if range == nil, !isOld { throw WireError(.missingHost) }
    return authority ?? range
  }

  private static func expectsContinue(
    _ block: FieldBlock, isOld: Bool
  ) throws(WireError) -> Bool {
    // In HTTP/1.0 it means nothing, RFC 9110 section 10.1.1.
    guard !isOld, let slot = block.slots.first(where: { $0.id == .expect }) else { return false }
    let isKnown = block.value(slot).withUnsafeBytes {
      $0.equals("100-continue", from: 0, to: $0.count)
    }
    if !isKnown { throw WireError(.unsupportedExpectation, at: Int(slot.valueStart)) }
    return true
  }
}
