// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a server says with `Set-Cookie`, RFC 6265 section 5.2.
struct SetCookie {
  let name: String
  let value: String
  /// In lower case, without the dot in front.
  private(set) var domain: String?
  private(set) var path: String?
  private(set) var isSecure = false
  private(set) var isHTTPOnly = false
  private(set) var sameSite: String?
  private var maxAge: Int64?
  private var date: Int64?

  private static let longest = 4_096
  /// No cookie lasts longer, RFC 6265bis section 5.5.
  private static let longestAge: Int64 = 400 * 86_400

  /// Nil if it is none.
  init?(_ text: String) {
    let isControl = { (byte: UInt8) in byte < 0x20 && byte != 0x09 || byte == 0x7F }
    guard !text.utf8.contains(where: isControl) else { return nil }
    let parts = text.split(separator: ";", omittingEmptySubsequences: false)
    let pair = Self.pair(parts[0])
    (name, value) = pair.value.map { (pair.name, $0) } ?? ("", pair.name)
    guard !name.isEmpty || !value.isEmpty, name.utf8.count + value.utf8.count <= Self.longest else {
      return nil
    }
    for part in parts.dropFirst() { take(Self.pair(part)) }
  }

  private mutating func take(_ attribute: (name: String, value: String?)) {
    let value = attribute.value ?? ""
    switch attribute.name.lowercased() {
    case "domain":
      let bare = value.hasPrefix(".") ? value.dropFirst() : value[...]
      domain = bare.lowercased()
    case "path": path = value.hasPrefix("/") ? value : nil
    case "secure": isSecure = true
    case "httponly": isHTTPOnly = true
    case "samesite": sameSite = value
    case "max-age": maxAge = Self.seconds(value) ?? maxAge
    case "expires": date = LenientDate.seconds(value) ?? date
    default: break
    }
  }

  /// A number of any length.
  private static func seconds(_ text: String) -> Int64? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return text.hasPrefix("-") ? 0 : Int64(digits) ?? longestAge
  }

  /// When it ends; `Max-Age` is stronger than `Expires`.
  func expires(_ now: Int64) -> Int64? {
    if let maxAge { return maxAge <= 0 ? 0 : now + min(maxAge, Self.longestAge) }
    return date.map { min($0, now + Self.longestAge) }
  }

  private static func pair(_ text: Substring) -> (name: String, value: String?) {
    guard let equals = text.firstIndex(of: "=") else { return (trimmed(text), nil) }
    return (trimmed(text[..<equals]), trimmed(text[text.index(after: equals)...]))
  }

  private static func trimmed(_ text: Substring) -> String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return String(text)
  }
}
