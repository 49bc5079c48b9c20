// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// The head of a response as a client has received it: checked by RFC 9112, and unambiguous.
package struct ResponseHead: Sendable {
  package let block: FieldBlock
  /// The second digit of the version `HTTP/1.x`.
  package let minorVersion: Int
  /// 100 to 599.
  package let status: Int
  private let reasonStart: Int
  private let lineEnd: Int

  /// Takes the head of a response apart, as `HeadScanner` has found it.
  ///
  /// Folded lines are put together, RFC 9112 section 5.2.
  ///
  /// - Parameter bytes: The head, with the empty line behind it.
  package init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    let end = (bytes.first(0x0A, from: 0) ?? bytes.count) - 1
    // HTTP/1.1 SP 3DIGIT [ SP reason ]: servers leave out the last space, and nothing is ambiguous without it.
    guard end >= 12, bytes[8] == 0x20, end == 12 || bytes[12] == 0x20 else {
      throw WireError(.malformedStatusLine, at: 0)
    }
    do throws(WireError) {
      minorVersion = try Version.minor(bytes, from: 0, to: 8)
    } catch {
      if error.reason == .unsupportedVersion { throw error }
      throw WireError(.malformedStatusLine, at: 0)
    }
    var status = 0
    for index in 9..<12 {
      guard bytes[index] &- 0x30 < 10 else { throw WireError(.malformedStatusLine, at: index) }
      status = status * 10 + Int(bytes[index] &- 0x30)
    }
    guard 100..<600 ~= status else { throw WireError(.malformedStatusLine, at: 9) }
    self.status = status
    reasonStart = min(13, end)
    lineEnd = end
    let control = bytes.firstControl(from: reasonStart, to: end)
    if control < end {
      throw WireError(
        bytes[control] == 0x0D ? .bareCarriageReturn : .malformedStatusLine, at: control)
    }
    block = try FieldBlock(
      [UInt8](bytes.slice(0, bytes.count - 2)), from: end + 2, unfolds: true)
  }

  /// How many bytes it had, with the empty line at its end.
  package var size: Int { block.bytes.count + 2 }

  /// What the server says besides the number.
  package var reason: String {
    String(decoding: block.bytes[reasonStart..<lineEnd], as: UTF8.self)
  }

  /// Whether another head follows: 1xx, but for a switch of protocols.
  package var isInformational: Bool { status < 200 && status != 101 }

  package var fields: HTTPFields { block.fields }

  /// Whether the server keeps the connection open, as far as the head says.
  package var persists: Bool { block.persists(isOld: minorVersion == 0) }

  /// How the body is framed, which depends on the request, RFC 9112 section 6.3.
  ///
  /// - Parameters:
  ///   - isHead: Whether the method was `HEAD`.
  ///   - isConnect: Whether the method was `CONNECT`.
  package func framing(isHead: Bool, isConnect: Bool = false) throws(WireError) -> BodyFraming {
    // Whatever their fields say: a length of HEAD and 304 is that of another answer.
    if status < 200 || status == 204 || status == 304 || isHead { return .none }
    if isConnect, status < 300 { return .none }
    return try block.framing(allowsRepeatedLength: true, isOld: minorVersion == 0) ?? .untilClose
  }
}
