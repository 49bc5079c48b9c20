// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes
internal import FoundationEssentials

/// What an access log says of a request.
public struct AccessLogEntry: Sendable {
  /// When the head of the request had come, in seconds since 1970.
  public let time: Double
  /// The client: an address and port, or a word for a socket without.
  public let peer: String
  /// The method.
  public let method: HTTPRequest.Method
  /// The target as it was sent, with its query.
  public let target: String
  /// The version of HTTP: `1.0`, `1.1` or `2`.
  public let version: String
  /// The name of the request, if it has one.
  public let id: String?
  /// The value of the Referer field.
  public let referer: String?
  /// The value of the User-Agent field.
  public let userAgent: String?
  /// The status, how many bytes were sent, how long it took, and whether the response was sent whole.
  public let outcome: HTTPServer.Outcome

  /// A line of the common format of NCSA, with referer and user agent: what tools for logs read.
  ///
  /// A client that has gone before there was a response has the status 499.
  public var common: String {
    let host = PeerAddress.host(of: peer) ?? peer
    let date = CommonLogDate.text(Int64(time))
    return """
      \(host) - - [\(date)] "\(Self.escaped(method.rawValue)) \(Self.escaped(target)) HTTP/\(version)" \
      \(outcome.status?.code ?? 499) \(outcome.bytesSent) "\(Self.escaped(referer ?? "-"))" \
      "\(Self.escaped(userAgent ?? "-"))"
      """
  }

  /// A line of JSON.
  public var json: String {
    let line = JSON(
      time: time, peer: peer, method: method.rawValue, target: target, version: version, id: id,
      referer: referer, userAgent: userAgent, status: outcome.status?.code,
      bytes: outcome.bytesSent, seconds: outcome.duration / .seconds(1),
      complete: outcome.isComplete)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(line) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }

  private struct JSON: Encodable {
    let time: Double
    let peer: String
    let method: String
    let target: String
    let version: String
    let id: String?
    let referer: String?
    let userAgent: String?
    let status: Int?
    let bytes: Int
    let seconds: Double
    let complete: Bool
  }

  /// Without what would end a field or a line, or move a terminal's cursor.
  private static func escaped(_ text: String) -> String {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x20, 0x21, 0x23...0x5B, 0x5D...0x7E, 0xA0...: result += Array(String(scalar).utf8)
      default:
        for byte in String(scalar).utf8 {
          let digits = String(byte, radix: 16)
          result += Array("\\x\(digits.count == 1 ? "0" : "")\(digits)".utf8)
        }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
