// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP

/// What became of one URL.
struct FetchResult: Sendable {
  let url: String
  var status: Int?
  var bytes = 0
  var elapsed = Duration.zero
  var attempts = 0
  /// What went wrong, for people.
  var error: String?
  /// What went wrong, for counting.
  var kind: String?
  /// The URL that answered, after redirects.
  var finalURL: String?
  /// How the last answer came about.
  var story: HTTPClient.Story?

  /// A line of JSON: every key in every line, absent values as null, which is easier for readers.
  var line: [UInt8] {
    var line = JSONLine()
    line.add("attempts", attempts)
    line.add("bytes", bytes)
    line.add("error", error)
    line.add("final_url", finalURL)
    line.add("milliseconds", elapsed)
    line.add("resolve_ms", story?.resolve)
    line.add("connect_ms", story?.connect)
    line.add("tls_ms", story?.tls)
    line.add("first_byte_ms", story?.firstByte)
    line.add("status", status)
    line.add("url", url)
    line.add("version", story.map { $0.version })
    line.add("wire_bytes", story.map { $0.bytesReceived })
    return line.finished()
  }
}
