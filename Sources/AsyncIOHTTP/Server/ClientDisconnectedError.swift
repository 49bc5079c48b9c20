// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The client has gone before it had sent its request, or before it had taken the response.
public struct ClientDisconnectedError: Error, Hashable, CustomStringConvertible {
  init() {}

  /// In words.
  public var description: String { "the client has disconnected" }
}
