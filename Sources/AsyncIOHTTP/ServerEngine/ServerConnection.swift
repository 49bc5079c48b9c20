// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// A connection that a server knows of.
protocol ServerConnection: AnyObject, Sendable {
  var loop: EventLoop { get }

  /// The server is to stop: a connection without a request ends, any other with the response. On its loop.
  func drain()
}
