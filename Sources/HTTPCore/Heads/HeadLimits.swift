// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How large a head may be.
package struct HeadLimits: Sendable {
  /// The longest first line, in bytes, without its end.
  package var firstLine: Int
  /// The largest head, in bytes, with the empty line that ends it.
  package var bytes: Int
  /// The largest number of fields.
  package var fields: Int

  package init(firstLine: Int, bytes: Int, fields: Int) {
    self.firstLine = firstLine
    self.bytes = bytes
    self.fields = fields
  }

  /// What a server takes from clients.
  package static let request = HeadLimits(firstLine: 8192, bytes: 32 << 10, fields: 100)
  /// What a client takes from servers.
  package static let response = HeadLimits(firstLine: 64 << 10, bytes: 256 << 10, fields: 500)
  /// What may follow the last chunk.
  package static let trailers = HeadLimits(firstLine: 32 << 10, bytes: 32 << 10, fields: 100)
}
