// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Where a child leaves its result.
@usableFromInline
final class ResultSlot<Success: Sendable>: Sendable {
  @usableFromInline let result: Guarded<Result<Success, any Error>?>

  // The value is made here, where clients specialise it.
  @inlinable
  init() { result = Guarded(nil) }

  @inlinable
  func set(_ new: Result<Success, any Error>) { result.withLock { $0 = new } }

  /// The result; a child that never ran was cancelled.
  @inlinable
  var value: Result<Success, any Error> {
    result.withLock { $0 } ?? .failure(CancellationError())
  }

  @inlinable
  func get() throws -> Success { try value.get() }
}
