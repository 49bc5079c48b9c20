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
  let family = try ChildGroup(starting: .gather, .allSucceed, SourceSite(file, line))
  return try await family.values(family.start(0, first), family.start(1, second))
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
  let family = try ChildGroup(starting: .gather, .allSucceed, SourceSite(file, line))
  return try await family.values(
    family.start(0, first), family.start(1, second), family.start(2, third))
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
  let family = try ChildGroup(starting: .gather, .allSucceed, SourceSite(file, line))
  return try await family.values(
    family.start(0, first), family.start(1, second), family.start(2, third), family.start(3, fourth)
  )
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
  let family = try ChildGroup(starting: .gather, .allSucceed, SourceSite(file, line))
  return try await family.values(
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth))
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
  let family = try ChildGroup(starting: .gather, .allSucceed, SourceSite(file, line))
  return try await family.values(
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth), family.start(5, sixth))
}

extension ChildGroup {
  /// A group whose first step is not taken by a task that is cancelled.
  @inlinable
  convenience init(starting verb: GroupKind, _ policy: Policy, _ site: SourceSite) throws {
    if Task.isCancelled { throw CancellationError() }
    self.init(verb, policy, site)
  }

  /// Waits for the children; their values, or the first failure.
  @inlinable
  func values<each Output: Sendable>(
    _ slots: repeat ResultSlot<each Output>
  ) async throws -> (repeat each Output) {
    try await waitForSuccess()
    return try (repeat (each slots).get())
  }

  /// Waits for the children; what became of each.
  @inlinable
  func outcomes<each Output: Sendable>(
    _ slots: repeat ResultSlot<each Output>
  ) async -> (repeat Result<each Output, any Error>) {
    await waitForAll()
    return (repeat (each slots).value)
  }
}
