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
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  await family.waitForAll()
  return (slot0.value, slot1.value)
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
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  await family.waitForAll()
  return (slot0.value, slot1.value, slot2.value)
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
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  await family.waitForAll()
  return (slot0.value, slot1.value, slot2.value, slot3.value)
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
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  let slot4 = family.start(4, fifth)
  await family.waitForAll()
  return (slot0.value, slot1.value, slot2.value, slot3.value, slot4.value)
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
  let slot0 = family.start(0, first)
  let slot1 = family.start(1, second)
  let slot2 = family.start(2, third)
  let slot3 = family.start(3, fourth)
  let slot4 = family.start(4, fifth)
  let slot5 = family.start(5, sixth)
  await family.waitForAll()
  return (slot0.value, slot1.value, slot2.value, slot3.value, slot4.value, slot5.value)
}
