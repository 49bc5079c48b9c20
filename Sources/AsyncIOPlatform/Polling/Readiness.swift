// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a report says of a watched descriptor.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt8

  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable package static var read: Readiness { Readiness(rawValue: 1) }
  @inlinable package static var write: Readiness { Readiness(rawValue: 2) }
  /// Nothing more will come: the end, or an error.
  @inlinable package static var readEnd: Readiness { Readiness(rawValue: 4) }
  /// Nothing more can be sent.
  @inlinable package static var writeEnd: Readiness { Readiness(rawValue: 8) }
}
