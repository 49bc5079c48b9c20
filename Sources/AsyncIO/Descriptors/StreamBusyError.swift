// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Another task is reading from the stream already, or accepting from the listener.
///
/// One task may read and others may write at the same time; two readers would each get a part of the
/// bytes that cannot be foreseen.
public struct StreamBusyError: Error, Hashable, CustomStringConvertible {
  /// Which direction is in use.
  public enum Direction: String, Sendable, Hashable {
    /// Reading, receiving or accepting.
    case read
    /// Writing or sending.
    case write
  }

  /// Which direction is in use.
  public let direction: Direction

  init(_ direction: Direction) { self.direction = direction }

  /// What happened.
  public var description: String {
    "another task is using this direction (\(direction.rawValue)) already; one at a time may"
  }
}
