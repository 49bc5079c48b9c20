// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

/// What became of one URL.
struct FetchResult: Sendable {
  let url: String
  var status: Int?
  var bytes = 0
  var milliseconds = 0.0
  var attempts = 0
  /// What went wrong, for people.
  var error: String?
  /// What went wrong, for counting.
  var kind: String?

  private struct Line: Encodable {
    let url: String
    let status: Int?
    let bytes: Int
    let milliseconds: Double
    let attempts: Int
    let error: String?

    enum CodingKeys: CodingKey { case url, status, bytes, milliseconds, attempts, error }

    // Every key in every line, absent values as null: easier for readers.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(url, forKey: .url)
      try container.encode(status, forKey: .status)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(milliseconds, forKey: .milliseconds)
      try container.encode(attempts, forKey: .attempts)
      try container.encode(error, forKey: .error)
    }
  }

  /// One for all lines: to make it takes as long as to encode a line.
  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }()

  var json: String {
    let line = Line(
      url: url, status: status, bytes: bytes, milliseconds: (milliseconds * 1000).rounded() / 1000,
      attempts: attempts, error: error)
    return (try? Self.encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
