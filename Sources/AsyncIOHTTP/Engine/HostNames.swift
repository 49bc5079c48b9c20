// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CNames
internal import Glibc
internal import HTTPCore

/// Names of hosts beyond ASCII, RFC 5891.
enum HostNames {
  /// The name as it is looked up; nil if there is none.
  static func toASCII(_ name: String) -> String? {
    guard let result = asyncio_name_to_ascii(name) else { return nil }
    defer { free(result) }
    return String(cString: result)
  }

  /// The URL of a text.
  ///
  /// - Throws: ``HTTPError`` with the reason if it cannot be requested.
  static func url(_ text: String) throws(HTTPError) -> HTTPURL {
    do {
      return try HTTPURL(text, toASCII: toASCII)
    } catch {
      throw HTTPError(.malformedRequest, url: withoutSecrets(text), message: error.description)
    }
  }

  /// A text that is no URL, without what may be a name and password in it.
  private static func withoutSecrets(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@"), let slashes = text.firstRange(of: "//"),
      slashes.upperBound < at
    else { return text }
    return String(text[..<slashes.upperBound]) + text[text.index(after: at)...]
  }
}
