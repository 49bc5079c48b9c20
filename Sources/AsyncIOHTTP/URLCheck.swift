// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCurl

/// Asks libcurl's own parser about a URL (curl_url_set(3)): what it accepts can be requested.
enum URLCheck {
  static func problem(with url: String) -> String? {
    if url.utf8.contains(0) { return "it contains a NUL byte" }
    guard let parser = curl_url() else { return "out of memory" }
    defer { curl_url_cleanup(parser) }
    let status = curl_url_set(parser, CURLUPART_URL, url, 0)
    guard status == CURLUE_OK else { return String(cString: curl_url_strerror(status)) }
    guard let scheme = part(CURLUPART_SCHEME, of: parser), ["http", "https"].contains(scheme) else {
      return "it must begin with http:// or https://"
    }
    return part(CURLUPART_HOST, of: parser) == nil ? "it names no host" : nil
  }

  private static func part(_ part: CURLUPart, of parser: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parser, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
