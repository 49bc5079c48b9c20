// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Where the body of a response goes.
protocol ResponseSink: AnyObject, Sendable {
  func write(_ bytes: [UInt8]) async throws
  var draining: AsyncEvent? { get }
}
