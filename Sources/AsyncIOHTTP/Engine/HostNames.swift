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
      throw HTTPError(.malformedRequest, url: text, message: error.description)
    }
  }
}
