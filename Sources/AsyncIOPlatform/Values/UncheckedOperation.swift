// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// An operation that goes to another isolation: as `UncheckedSendable`, but a function in a box for any type
/// would be wrapped in another one, an allocation more for each task.
///
/// Unchecked: the code that makes one gives up the operation.
@usableFromInline
package struct UncheckedOperation<Success>: @unchecked Sendable {
  @usableFromInline package let run: @isolated(any) () async throws -> Success

  @inlinable
  package init(_ operation: @escaping @isolated(any) () async throws -> Success) { run = operation }
}
