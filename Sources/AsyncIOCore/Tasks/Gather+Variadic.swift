// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// A parameter pack cannot carry `@_inheritActorContext`, so the forms for operations of different
// types are written out, for two to six of them.

/// Runs the operations beside each other and returns their values.
///
/// Python's `gather`.
///
/// On the first failure the others are cancelled and awaited, and that error is thrown; errors of
/// the others are logged. The closures have the caller's actor isolation.
///
/// **Cancellation.** Cancelling the caller cancels all operations and awaits them; the call then
/// throws what they throw, `CancellationError` as a rule. A task that is cancelled already starts
/// nothing.
///
/// ```swift
/// let (users, orders) = try await gather(
///   { try await fetch("/users") }, { try await fetch("/orders") })
/// ```
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<First: Sendable, Second: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> (First, Second) {
  if Task.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  try await family.waitForSuccess()
  return try (slot0.get(), slot1.get())
}

/// Runs three operations beside each other.
///
/// See ``gather(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<First: Sendable, Second: Sendable, Third: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> (First, Second, Third) {
  if Task.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  try await family.waitForSuccess()
  return try (slot0.get(), slot1.get(), slot2.get())
}

/// Runs four operations beside each other.
///
/// See ``gather(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<First: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Fourth,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> (First, Second, Third, Fourth) {
  if Task.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  try await family.waitForSuccess()
  return try (slot0.get(), slot1.get(), slot2.get(), slot3.get())
}

/// Runs five operations beside each other.
///
/// See ``gather(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<
  First: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable, Fifth: Sendable
>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Fourth,
  @_inheritActorContext _ fifth: sending @escaping @isolated(any) () async throws -> Fifth,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> (First, Second, Third, Fourth, Fifth) {
  if Task.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  let slot4 = family.start(4, fifth)
  try await family.waitForSuccess()
  return try (slot0.get(), slot1.get(), slot2.get(), slot3.get(), slot4.get())
}

/// Runs six operations beside each other.
///
/// See ``gather(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<
  First: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable, Fifth: Sendable,
  Sixth: Sendable
>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Fourth,
  @_inheritActorContext _ fifth: sending @escaping @isolated(any) () async throws -> Fifth,
  @_inheritActorContext _ sixth: sending @escaping @isolated(any) () async throws -> Sixth,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> (First, Second, Third, Fourth, Fifth, Sixth) {
  if Task.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  let slot4 = family.start(4, fifth)
  let slot5 = family.start(5, sixth)
  try await family.waitForSuccess()
  return try (slot0.get(), slot1.get(), slot2.get(), slot3.get(), slot4.get(), slot5.get())
}
