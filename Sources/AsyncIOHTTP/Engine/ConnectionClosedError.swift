// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The connection has ended.
struct ConnectionClosedError: Error, CustomStringConvertible {
  var description: String { "the server has closed the connection" }
}
