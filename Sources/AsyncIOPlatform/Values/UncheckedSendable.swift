// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A value that goes to another isolation and is not used where it came from.
///
/// Unchecked: the code that makes one gives up the value, or has another reason, said there.
@usableFromInline
package struct UncheckedSendable<Value>: @unchecked Sendable {
  @usableFromInline package var value: Value
  @inlinable
  package init(_ value: Value) { self.value = value }
}
