// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What two sides agree on for permessage-deflate, RFC 7692 section 7.1.
package struct DeflateParameters: Equatable, Sendable {
  /// Whether the server forgets what it has sent before with each message.
  package var serverForgets = false
  package var clientForgets = false
  /// How much the server's compression looks back, as a power of two.
  package var serverWindow = 15
  package var clientWindow = 15

  package init() {}

  private static let name = "permessage-deflate"

  /// What a client offers.
  package static let offer = "permessage-deflate; client_max_window_bits"

  /// What a server takes of an offer, with the value of its field; nil if there is nothing that it can do.
  ///
  /// zlib cannot compress with a window of 8 bits: an offer that wants that is declined.
  package static func accept(_ field: String?) -> (DeflateParameters, answer: String)? {
    for offer in field?.split(separator: ",") ?? [] {
      guard let given = parse(offer) else { continue }
      var (agreed, answer) = (DeflateParameters(), name)
      if given["server_no_context_takeover"] != nil {
        agreed.serverForgets = true
        answer += "; server_no_context_takeover"
      }
      if given["client_no_context_takeover"] != nil {
        agreed.clientForgets = true
        answer += "; client_no_context_takeover"
      }
      if let value = given["server_max_window_bits"] {
        guard let bits = window(value), bits > 8 else { continue }
        agreed.serverWindow = bits
        answer += "; server_max_window_bits=\(bits)"
      }
      if let value = given["client_max_window_bits"], !value.isEmpty {
        guard let bits = window(value) else { continue }
        agreed.clientWindow = bits
        answer += "; client_max_window_bits=\(bits)"
      }
      return (agreed, answer)
    }
    return nil
  }

  /// What a server has answered to `offer`.
  ///
  /// - Returns: nil for none.
  /// - Throws: ``WebSocketFault`` when it answers what was not offered.
  package static func accepted(_ field: String?) throws(WebSocketFault) -> DeflateParameters? {
    guard let field, !field.isEmpty else { return nil }
    let answers = field.split(separator: ",")
    guard answers.count == 1, let given = parse(answers[0]) else {
      throw .malformed("the server answers with an extension that was not offered")
    }
    var agreed = DeflateParameters()
    agreed.serverForgets = given["server_no_context_takeover"] != nil
    agreed.clientForgets = given["client_no_context_takeover"] != nil
    for (name, path) in [
      ("server_max_window_bits", \DeflateParameters.serverWindow),
      ("client_max_window_bits", \DeflateParameters.clientWindow),
    ] {
      guard let value = given[name] else { continue }
      guard let bits = window(value) else { throw .malformed("\(name) is malformed") }
      agreed[keyPath: path] = bits
    }
    return agreed
  }

  /// The parameters of an extension; nil if it is another one, or malformed.
  private static func parse(_ text: Substring) -> [String: String]? {
    let parts = text.split(separator: ";").map(trimmed)
    guard parts.first?.lowercased() == name else { return nil }
    var given: [String: String] = [:]
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map(trimmed)
      guard let key = pair.first, given[key] == nil, known.contains(key) else { return nil }
      var value = pair.count > 1 ? pair[1] : ""
      if value.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") {
        value = String(value.dropFirst().dropLast())
      }
      if key.hasSuffix("takeover"), pair.count > 1 { return nil }
      if pair.count > 1 || key == "server_max_window_bits" {
        guard key.hasSuffix("takeover") || window(value) != nil else { return nil }
      }
      given[key] = value
    }
    return given
  }

  private static let known: Set<String> = [
    "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits",
    "client_max_window_bits",
  ]

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }

  /// 8 to 15, without zeros in front.
  private static func window(_ text: String) -> Int? {
    guard let bits = Int(text), (8...15).contains(bits), String(bits) == text else { return nil }
    return bits
  }
}
