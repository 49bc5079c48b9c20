// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc
import HTTPTypes

/// An answer as it is shown on a terminal.
struct TerminalAnswer {
  let colours: Bool

  /// More of a body is no reading.
  private static let largest = 16 << 20

  func text(of response: HTTPClient.StreamedResponse) async throws -> [UInt8] {
    let body = try await response.collect(upTo: Self.largest)
    return Array((head(response.head) + "\n" + text(body, response.headers)).utf8)
  }

  private func head(_ head: HTTPClient.ResponseHead) -> String {
    let status = "HTTP/\(head.version) \(head.status.code) \(head.status.reasonPhrase)"
    let lines = head.headers.map { field in
      "\(paint(field.name.rawName, .key)): \(TerminalText.escaped(field.value))"
    }
    return ([paint(TerminalText.escaped(status), head.status.code < 400 ? .good : .bad)] + lines)
      .joined(separator: "\n") + "\n"
  }

  private func text(_ body: [UInt8], _ headers: HTTPFields) -> String {
    if body.isEmpty { return "" }
    if body.contains(0) { return "(\(body.count) bytes that are no text)\n" }
    let isJSON = headers[.contentType].map { $0.contains("json") } ?? false
    if isJSON,
      (try? JSONDecoder().decode(AnyJSON.self, from: Data(body))) != nil
    {
      return JSONLayout(paint: { paint($0, $1) }).text(of: body) + "\n"
    }
    let text = TerminalText.escaped(
      String(decoding: body, as: UTF8.self).replacing("\r\n", with: "\n"))
    return text.hasSuffix("\n") ? text : text + "\n"
  }

  /// Any value: to see that it is one.
  private struct AnyJSON: Decodable { init(from decoder: any Decoder) {} }

  enum Part: String {
    case key = "34", string = "32", number = "36", literal = "35", good = "1;32", bad = "1;31"
  }

  private func paint(_ text: String, _ part: Part) -> String {
    colours ? "\u{1B}[\(part.rawValue)m\(text)\u{1B}[0m" : text
  }
}
