// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The directions of a descriptor that a task waits for.
@_spi(AsyncIO)
public struct Interest: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes a set.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Reading.
  @inlinable public static var read: Interest { Interest(rawValue: 1) }
  /// Writing.
  @inlinable public static var write: Interest { Interest(rawValue: 2) }
}
