// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTP2Core

/// The server has ended a request without an answer, or within one.
struct StreamResetError: Error, CustomStringConvertible {
  let code: HTTP2Core.HTTP2ErrorCode
  var description: String { "the server has reset the request: \(code)" }
}
