// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// Collects the header lines that libcurl hands out.
///
/// Each status line starts afresh: after a redirect, or a 100 (Continue), only the last head
/// counts.
struct HeaderParser {
  private var status = 0
  private var reason = ""
  private var version = ""
  private var fields = HTTPFields()

  mutating func add(_ line: String) {
    let line = line.trimmingSuffix { $0.isNewline }
    if line.hasPrefix("HTTP/") { return begin(line) }
    guard let colon = line.firstIndex(of: ":"),
      let name = HTTPField.Name(String(line[..<colon]))
    else { return }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    fields.append(HTTPField(name: name, value: String(value.trimmingSuffix(while: \.isWhitespace))))
  }

  func head(finalURL: String) -> HTTPClient.ResponseHead {
    HTTPClient.ResponseHead(
      status: .init(code: status, reasonPhrase: reason), headers: fields, url: finalURL,
      version: version)
  }

  /// For example `HTTP/1.1 200 OK`, RFC 9112 section 4; HTTP/2 has no reason phrase.
  private mutating func begin(_ line: Substring) {
    let parts = line.split(separator: " ", maxSplits: 2)
    version = String(parts[0].dropFirst("HTTP/".count))
    let code = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    // The type of a status takes three digits.
    status = (0...999).contains(code) ? code : 0
    reason = parts.count > 2 ? String(parts[2]) : ""
    fields = HTTPFields()
  }
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}
