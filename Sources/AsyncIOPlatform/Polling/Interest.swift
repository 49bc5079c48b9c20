// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The directions of a descriptor somebody waits for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt8

  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable package static var read: Interest { Interest(rawValue: 1) }
  @inlinable package static var write: Interest { Interest(rawValue: 2) }
}
