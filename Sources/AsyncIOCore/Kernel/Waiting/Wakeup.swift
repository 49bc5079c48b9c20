// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A task to be resumed, and with what.
///
/// Delivered outside the lock.
@usableFromInline
package struct Wakeup<Grant, Waiter> {
  @usableFromInline let waiter: Waiter
  @usableFromInline let outcome: Outcome<Grant>

  @inlinable
  init(waiter: Waiter, outcome: Outcome<Grant>) {
    self.waiter = waiter
    self.outcome = outcome
  }
}

extension Wakeup: Sendable where Grant: Sendable, Waiter: Sendable {}
