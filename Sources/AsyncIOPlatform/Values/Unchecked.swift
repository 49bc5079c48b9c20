// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A value that goes to another isolation and is not used where it came from.
///
/// Unchecked: whoever makes one gives up the value, or has another reason, said there.
@usableFromInline
package struct Unchecked<Value>: @unchecked Sendable {
  @usableFromInline package var value: Value
  @inlinable
  package init(_ value: Value) { self.value = value }
}

/// An operation that goes to another isolation: as `Unchecked`, but a function in a box for any type
/// would be wrapped in another one, an allocation more for each task.
///
/// Unchecked: whoever makes one gives up the operation.
@usableFromInline
package struct UncheckedOperation<Success>: @unchecked Sendable {
  @usableFromInline package let run: @isolated(any) () async throws -> Success

  @inlinable
  package init(_ operation: @escaping @isolated(any) () async throws -> Success) { run = operation }
}
