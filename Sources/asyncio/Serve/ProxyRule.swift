// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIOHTTP

/// A path, and the server to which what is below it is passed on.
struct ProxyRule {
  let prefix: String
  let url: String

  /// - Throws: `ValidationError` with what is wrong.
  init(_ text: String) throws {
    guard let equals = text.firstIndex(of: "=") else {
      throw ValidationError(
        "--proxy needs a path and a URL, as in /api=http://127.0.0.1:9000, got \(text)")
    }
    let path = text[..<equals]
    url = String(text[text.index(after: equals)...])
    guard path.hasPrefix("/"), !path.contains("{"), !path.contains("?") else {
      throw ValidationError("--proxy needs a path that begins with a slash, got \(path)")
    }
    prefix = path.hasSuffix("/") ? String(path.dropLast()) : String(path)
    do {
      try HTTPClient.check(url)
    } catch {
      throw ValidationError("--proxy \(text): \(error)")
    }
  }
}
