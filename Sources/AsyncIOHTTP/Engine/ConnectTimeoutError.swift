// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// No connection was made in time.
struct ConnectTimeoutError: Error, CustomStringConvertible {
  let limit: Duration
  var description: String { "no connection within \(limit)" }
}
