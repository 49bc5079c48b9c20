// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A media type, RFC 9110 section 8.3.1.
enum MediaType {
  /// The value of a parameter, without quotes; nil if there is none.
  static func parameter(_ name: String, of type: String) -> String? {
    for part in type.split(separator: ";").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, trimmed(pair[0]).lowercased() == name else { continue }
      return String(trimmed(pair[1]))
    }
    return nil
  }

  /// The type itself, in small letters and without parameters.
  static func name(of type: String) -> String {
    trimmed(type.prefix { $0 != ";" }).lowercased()
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isNoise = { (character: Character) in " \t\"'".contains(character) }
    var text = text.drop(while: isNoise)
    while let last = text.last, isNoise(last) { text.removeLast() }
    return text
  }
}
