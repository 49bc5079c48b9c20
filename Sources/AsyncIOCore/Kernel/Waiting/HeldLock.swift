// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A lock of which it is known which task holds it.
protocol HeldLock: AnyObject, Sendable {
  /// The task that holds the lock; `none` while it is free.
  var holder: TaskIdentity { get }
}
