// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs the operations beside each other and returns every outcome: no failure stops the others.
///
/// Python's `gather(return_exceptions=True)`.
///
/// **Cancellation.** Cancelling the caller cancels all operations and awaits them.
@inlinable
public func gatherResults<First: Sendable, Second: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  file: StaticString = #fileID, line: UInt = #line
) async -> (Result<First, any Error>, Result<Second, any Error>) {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  if Task.isCancelled { family.children.cancel() }
  return await family.outcomes(family.start(0, first), family.start(1, second))
}

/// Runs three operations beside each other and returns every outcome.
///
/// See ``gatherResults(_:_:file:line:)``; cancellation is the same.
@inlinable
public func gatherResults<First: Sendable, Second: Sendable, Third: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  file: StaticString = #fileID, line: UInt = #line
) async -> (Result<First, any Error>, Result<Second, any Error>, Result<Third, any Error>) {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  if Task.isCancelled { family.children.cancel() }
  return await family.outcomes(
    family.start(0, first), family.start(1, second), family.start(2, third))
}

/// Runs four operations beside each other and returns every outcome.
///
/// See ``gatherResults(_:_:file:line:)``; cancellation is the same.
@inlinable
public func gatherResults<First: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Fourth,
  file: StaticString = #fileID, line: UInt = #line
) async -> (
  Result<First, any Error>, Result<Second, any Error>, Result<Third, any Error>,
  Result<Fourth, any Error>
) {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  if Task.isCancelled { family.children.cancel() }
  return await family.outcomes(
    family.start(0, first), family.start(1, second), family.start(2, third), family.start(3, fourth)
  )
}

/// Runs five operations beside each other and returns every outcome.
///
/// See ``gatherResults(_:_:file:line:)``; cancellation is the same.
@inlinable
public func gatherResults<
  First: Sendable, Second: Sendable, Third: Sendable, Fourth: Sendable, Fifth: Sendable
>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> First,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Second,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Third,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Fourth,
  @_inheritActorContext _ fifth: sending @escaping @isolated(any) () async throws -> Fifth,
  file: StaticString = #fileID, line: UInt = #line
) async -> (
  Result<First, any Error>, Result<Second, any Error>, Result<Third, any Error>,
  Result<Fourth, any Error>, Result<Fifth, any Error>
) {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  if Task.isCancelled { family.children.cancel() }
  return await family.outcomes(
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth))
}

/// Runs six operations beside each other and returns every outcome.
///
/// See ``gatherResults(_:_:file:line:)``; cancellation is the same.
@inlinable
public func gatherResults<
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
) async -> (
  Result<First, any Error>, Result<Second, any Error>, Result<Third, any Error>,
  Result<Fourth, any Error>,
  Result<Fifth, any Error>, Result<Sixth, any Error>
) {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  if Task.isCancelled { family.children.cancel() }
  return await family.outcomes(
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth), family.start(5, sixth))
}
