// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Where a wait is decided, and what it brings.
@usableFromInline
package struct ParkingCell<Grant>: ~Copyable {
  @usableFromInline let once = OneShot()
  @usableFromInline var outcome: Outcome<Grant>?

  @inlinable
  init() {}
}
