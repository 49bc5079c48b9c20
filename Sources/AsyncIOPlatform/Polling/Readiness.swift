// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a report says of a watched descriptor.
@_spi(AsyncIO)
public struct Readiness: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes a set.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A call that reads is worth trying.
  @inlinable public static var read: Readiness { Readiness(rawValue: 1) }
  /// A call that writes is worth trying.
  @inlinable public static var write: Readiness { Readiness(rawValue: 2) }
  /// Nothing more will come: the end, or an error.
  @inlinable public static var readEnd: Readiness { Readiness(rawValue: 4) }
  /// Nothing more can be sent.
  @inlinable public static var writeEnd: Readiness { Readiness(rawValue: 8) }
}
