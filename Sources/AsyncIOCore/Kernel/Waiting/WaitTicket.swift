// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Names a place in a line.
///
/// Stays harmless after the place is gone: no number is used twice.
@usableFromInline
package struct WaitTicket: Hashable, Sendable {
  @usableFromInline let number: UInt64

  @inlinable
  init(number: UInt64) { self.number = number }
}
