// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Lines that are no URLs: the first ones, and how many there are.
struct Mistakes {
  private static let most = 10
  private var first: [String] = []
  private(set) var count = 0

  mutating func add(_ place: String, _ text: String, _ reason: String) {
    count += 1
    if first.count < Self.most { first.append(Self.describe(place, text, reason)) }
  }

  static func describe(_ place: String, _ text: String, _ reason: String) -> String {
    let start = text.count > 200 ? text.prefix(200) + "…" : text[...]
    return "\(place): \(String(start).debugDescription): \(reason)"
  }

  func text(as title: String) -> String {
    let lines = first + (count > first.count ? ["and \(count - first.count) more"] : [])
    return "\(title) \(lines.joined(separator: "\n       "))"
  }
}
