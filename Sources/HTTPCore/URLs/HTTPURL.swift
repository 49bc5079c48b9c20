// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// An absolute `http` or `https` URL, taken apart by RFC 3986 as far as a request needs.
///
/// A URL that cannot be sent unchanged is refused, not repaired; only references that a server gives are read more generously
/// (`resolve`).
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
  package var isSecure: Bool
  /// The name or address, in lower case; an IPv6 address without its brackets.
  package var host: String
  package var port: Int
  /// The path and query, which is at least `/`.
  package var target: String
  /// The name and password in front of the host, as they were written.
  package var userInfo: String?
  /// What follows `#`, which is not sent.
  package var fragment: String?

  /// - Parameter toASCII: Makes a name with letters beyond ASCII one without (RFC 5891); nil if there is none.
  /// - Throws: ``HTTPURLError`` with what is wrong.
  package init(_ text: String, toASCII: (String) -> String?) throws(HTTPURLError) {
    // Bytes throughout: characters take some hundred times as long to tell apart.
    let bytes = Array(text.utf8)
    if bytes.contains(0) { throw .containsNUL }
    guard let colon = bytes.firstIndex(of: 0x3A) else { throw .noScheme }
    isSecure = try Self.isSecure(bytes[..<colon])
    guard bytes[(colon + 1)...].starts(with: [0x2F, 0x2F]) else { throw .noHost }
    var rest = bytes[(colon + 3)...]
    if let hash = rest.firstIndex(of: 0x23) {
      fragment = String(decoding: rest[(hash + 1)...], as: UTF8.self)
      rest = rest[..<hash]
    }
    let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x5C } ?? rest.endIndex
    var authority = rest[..<end]
    if let at = authority.lastIndex(of: 0x40) {
      userInfo = String(decoding: authority[..<at], as: UTF8.self)
      authority = authority[(at + 1)...]
    }
    (host, port) = try Self.hostAndPort(authority, isSecure: isSecure, toASCII)
    let path = rest[end...]
    let text = String(decoding: path, as: UTF8.self)
    if path.first == 0x2F, path.allSatisfy(ByteSet.target.contains) {
      target = text
    } else {
      target = try Self.encoded(path.first == 0x2F ? text : "/" + text, generously: false)
    }
  }

  private static func isSecure(_ scheme: ArraySlice<UInt8>) throws(HTTPURLError) -> Bool {
    let isHTTP = scheme.withUnsafeBytes { bytes in
      bytes.count == 4 && bytes.equals("http", from: 0, to: 4)
        || bytes.count == 5 && bytes.equals("https", from: 0, to: 5)
    }
    guard isHTTP else { throw .otherScheme }
    return scheme.count == 5
  }

  private static func hostAndPort(
    _ authority: ArraySlice<UInt8>, isSecure: Bool, _ toASCII: (String) -> String?
  ) throws(HTTPURLError) -> (String, Int) {
    if authority.isEmpty || authority.first == 0x3A { throw .noHost }
    var (name, digits): (ArraySlice<UInt8>, ArraySlice<UInt8>) = (authority, [])
    let isBracketed = authority.first == 0x5B
    // A port is behind the last colon, which in brackets is none.
    let close = isBracketed ? authority.firstIndex(of: 0x5D) : nil
    if let colon = authority.lastIndex(of: 0x3A), colon > close ?? authority.startIndex {
      name = authority[..<colon]
      digits = authority[(colon + 1)...]
    }
    let text = String(decoding: name, as: UTF8.self)
    let isUpper = { (byte: UInt8) in byte &- 0x41 < 26 || byte >= 0x80 }
    var host = name.contains(where: isUpper) ? text.lowercased() : text
    if !name.allSatisfy({ $0 < 0x80 }) {
      guard let ascii = toASCII(host) else { throw .malformedHost(text) }
      host = ascii
    }
    let isValid = host.withUTF8 {
      HostName.isValid(UnsafeRawBufferPointer($0), 0, $0.count) && !$0.contains(0x25)
        && (isBracketed || !$0.contains(0x3A))
    }
    guard isValid else { throw .malformedHost(text) }
    if isBracketed { host = String(host.dropFirst().dropLast()) }
    if digits.isEmpty { return (host, isSecure ? 443 : 80) }
    let number = String(decoding: digits, as: UTF8.self)
    guard digits.allSatisfy({ $0 &- 0x30 < 10 }), let port = Int(number), 1...65_535 ~= port else {
      throw .malformedPort(number)
    }
    return (host, port)
  }

  /// A target as it can be sent: letters beyond ASCII percent-encoded, as browsers do.
  ///
  /// - Parameter generously: Whether spaces and the like are encoded too, and not refused.
  private static func encoded(
    _ text: String, generously: Bool
  ) throws(HTTPURLError) -> String {
    if text.utf8.allSatisfy(ByteSet.target.contains) { return text }
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      if ByteSet.target.contains(byte) {
        encoded.append(byte)
      } else if byte >= 0x80 || generously && byte == 0x20 {
        let digits = Array("0123456789ABCDEF".utf8)
        encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        throw .malformedTarget
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// The host with brackets where it needs them, and with the port if it is not the usual one: what `Host` says.
  package var authority: String {
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  /// Without name and password, which belong into no log.
  package var description: String {
    "\(isSecure ? "https" : "http")://\(authority)\(target)\(fragment.map { "#\($0)" } ?? "")"
  }

  /// Whether both are of one origin, RFC 6454: what is secret for one is for the other.
  package func hasSameOrigin(as other: HTTPURL) -> Bool {
    isSecure == other.isSecure && host == other.host && port == other.port
  }
}

extension HTTPURL {
  /// The URL that a reference of a server means, RFC 3986 section 5.2 and RFC 9110 section 10.2.2.
  ///
  /// A space and letters beyond ASCII are encoded; a fragment is inherited; a name and password are not taken over from a server.
  package func resolve(
    _ reference: String, toASCII: (String) -> String?
  ) throws(HTTPURLError) -> HTTPURL {
    var reference = String(reference.drop { $0 == " " || $0 == "\t" })
    var fragment = fragment
    if let hash = reference.firstIndex(of: "#") {
      fragment = String(reference[reference.index(after: hash)...])
      reference = String(reference[..<hash])
    }
    if reference.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw .malformedTarget }
    let encoded = try Self.encoded(reference.replacing("\\", with: "/"), generously: true)
    var url: HTTPURL
    if let scheme = Self.scheme(of: encoded) {
      guard ["http", "https"].contains(scheme) else { throw .otherScheme }
      // The host may have letters that were not to be encoded.
      url = try HTTPURL(Self.withEncodedTarget(reference), toASCII: toASCII)
    } else if encoded.hasPrefix("//") {
      url = try HTTPURL(
        (isSecure ? "https:" : "http:") + Self.withEncodedTarget(reference), toASCII: toASCII)
    } else {
      url = self
      url.target = Self.merged(target, encoded)
    }
    url.userInfo = nil
    url.fragment = fragment
    url.target = Self.withoutDots(url.target)
    return url
  }

  private static func scheme(of text: String) -> String? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let scheme = text[..<colon]
    guard let first = scheme.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A,
      scheme.utf8.allSatisfy({
        let lower = $0 | 0x20
        return lower >= 0x61 && lower <= 0x7A || $0 &- 0x30 < 10 || $0 == 0x2B || $0 == 0x2D
          || $0 == 0x2E
      })
    else { return nil }
    return scheme.lowercased()
  }

  /// Spaces behind the host encoded.
  private static func withEncodedTarget(_ text: String) -> String {
    let text = text.replacing("\\", with: "/")
    guard let slashes = text.firstRange(of: "//") else { return text }
    let end = text[slashes.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    return String(text[..<end]) + text[end...].replacing(" ", with: "%20")
  }

  private static func merged(_ base: String, _ reference: String) -> String {
    let path = base.prefix { $0 != "?" }
    if reference.isEmpty { return base }
    if reference.hasPrefix("/") { return reference }
    if reference.hasPrefix("?") { return path + reference }
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    return folder + reference
  }

  /// Without the segments `.` and `..`, RFC 3986 section 5.2.4.
  private static func withoutDots(_ target: String) -> String {
    let path = target.prefix { $0 != "?" }
    let query = target[path.endIndex...]
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    var kept: [Substring] = []
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/") + query
  }
}
