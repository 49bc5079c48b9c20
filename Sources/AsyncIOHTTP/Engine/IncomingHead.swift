// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The head of an answer, from either version.
struct IncomingHead: Sendable {
  let status: Int
  /// What the server says besides the number; nothing by HTTP/2.
  let reason: String
  let fields: IncomingFields
  let version: String
}
