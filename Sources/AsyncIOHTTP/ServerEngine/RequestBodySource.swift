// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// Where the body of a request comes from.
protocol RequestBodySource: AnyObject, Sendable {
  func next() async throws -> [UInt8]?
  var trailers: HTTPFields { get }
}
