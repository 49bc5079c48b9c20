// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// An object for a callback that must not hold on to it, and is made before it.
///
/// Unchecked: set before the callback can be called, and read on the object's loop.
final class WeakReference<Object: AnyObject>: @unchecked Sendable {
  weak var object: Object?
}
