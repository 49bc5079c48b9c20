// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Which content codings a client takes, RFC 9110 section 12.5.3.
package struct AcceptedCodings: Sendable {
  private var weights: [String: Double] = [:]

  /// Reads the value of an Accept-Encoding field; without one no coding is wanted.
  package init(_ field: String?) {
    for member in field?.split(separator: ",") ?? [] {
      let parts = member.split(separator: ";")
      guard let name = parts.first.map(Self.trimmed), !name.isEmpty else { continue }
      var weight = 1.0
      for parameter in parts.dropFirst() {
        let pair = parameter.split(separator: "=", maxSplits: 1).map(Self.trimmed)
        if pair.count == 2, pair[0] == "q" { weight = Double(pair[1]) ?? 0 }
      }
      weights[name] = weight
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    text.filter { $0 != " " && $0 != "\t" }.lowercased()
  }

  /// Those of these codings that are wanted, the most wanted first, and in their order where the client has no wish.
  package func best(of codings: [ContentCoding]) -> [ContentCoding] {
    codings.enumerated().map { (index: $0, coding: $1, weight: weight($1)) }
      .filter { $0.weight > 0 }
      .sorted { ($1.weight, $0.index) < ($0.weight, $1.index) }
      .map(\.coding)
  }

  private func weight(_ coding: ContentCoding) -> Double {
    weights[coding.name] ?? weights["*"] ?? 0
  }
}
