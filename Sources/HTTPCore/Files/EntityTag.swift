// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What names one state of a file, RFC 9110 section 8.8.3.
package struct EntityTag: Equatable, Sendable {
  /// What is between the quotes.
  package let value: String
  package let isWeak: Bool

  package init(_ value: String, isWeak: Bool = false) {
    self.value = value
    self.isWeak = isWeak
  }

  /// The tag as fields have it.
  package var text: String { "\(isWeak ? "W/" : "")\"\(value)\"" }

  /// The tags of a list, such as that of If-None-Match; what is none is left out.
  static func list(_ text: String) -> [EntityTag] {
    var tags: [EntityTag] = []
    var rest = text.utf8[...]
    while let start = rest.firstIndex(of: 0x22) {
      let isWeak = rest[..<start].suffix(2).elementsEqual("W/".utf8)
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: 0x22) else { break }
      tags.append(EntityTag(String(rest[..<end]) ?? "", isWeak: isWeak))
      rest = rest[rest.index(after: end)...]
    }
    return tags
  }

  /// Whether both are the same byte for byte.
  func isStronglyEqual(to other: EntityTag) -> Bool {
    !isWeak && !other.isWeak && value == other.value
  }
}
