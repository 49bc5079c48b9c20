// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The queue was shut down: it takes no more items, and has none left to give.
public struct QueueShutDownError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  @inlinable
  public init() {}

  /// What happened.
  @inlinable
  public var description: String { "the queue was shut down" }
}
