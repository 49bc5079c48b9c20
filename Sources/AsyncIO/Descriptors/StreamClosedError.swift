// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The stream, listener or socket was closed on this side.
public struct StreamClosedError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// What happened.
  public var description: String { "it was closed on this side" }
}
