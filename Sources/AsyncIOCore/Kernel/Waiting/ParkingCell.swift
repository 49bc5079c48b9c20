// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@usableFromInline
package struct ParkingCell<Grant>: ~Copyable {
  @usableFromInline let once = OneShot()
  @usableFromInline var outcome: Outcome<Grant>?

  @inlinable
  init() {}

  /// What was decided, after the wait.
  @inlinable
  mutating func takeOutcome() -> Outcome<Grant> { outcome.take() ?? .cancelled }
}
