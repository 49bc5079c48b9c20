// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs the operations beside each other; the first that succeeds gives the value, and the others
/// are cancelled and awaited.
///
/// When all fail, an ``ErrorGroup`` has their errors in the order of the arguments. A value that
/// comes too late is dropped. The closures have the caller's actor isolation.
///
/// **Cancellation.** Cancelling the caller cancels all operations and awaits them; without a winner
/// the call throws `CancellationError`.
///
/// ```swift
/// let fastest = try await race({ try await fetch(mirror1) }, { try await fetch(mirror2) })
/// ```
///
/// - Throws: ``ErrorGroup`` when all have failed; `CancellationError`.
@inlinable
public func race<Value: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Value,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> Value {
  let family = try ChildGroup(starting: .race, .firstSuccess, SourceSite(file, line))
  return try await family.winningValue([family.start(0, first), family.start(1, second)])
}

/// Runs three operations against each other.
///
/// See ``race(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: ``ErrorGroup`` when all have failed; `CancellationError`.
@inlinable
public func race<Value: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Value,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> Value {
  let family = try ChildGroup(starting: .race, .firstSuccess, SourceSite(file, line))
  return try await family.winningValue([
    family.start(0, first), family.start(1, second), family.start(2, third),
  ])
}

/// Runs four operations against each other.
///
/// See ``race(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: ``ErrorGroup`` when all have failed; `CancellationError`.
@inlinable
public func race<Value: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Value,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> Value {
  let family = try ChildGroup(starting: .race, .firstSuccess, SourceSite(file, line))
  return try await family.winningValue([
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth),
  ])
}

/// Runs five operations against each other.
///
/// See ``race(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: ``ErrorGroup`` when all have failed; `CancellationError`.
@inlinable
public func race<Value: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ fifth: sending @escaping @isolated(any) () async throws -> Value,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> Value {
  let family = try ChildGroup(starting: .race, .firstSuccess, SourceSite(file, line))
  return try await family.winningValue([
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth),
  ])
}

/// Runs six operations against each other.
///
/// See ``race(_:_:file:line:)``; cancellation is the same.
///
/// - Throws: ``ErrorGroup`` when all have failed; `CancellationError`.
@inlinable
public func race<Value: Sendable>(
  @_inheritActorContext _ first: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ second: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ third: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ fourth: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ fifth: sending @escaping @isolated(any) () async throws -> Value,
  @_inheritActorContext _ sixth: sending @escaping @isolated(any) () async throws -> Value,
  file: StaticString = #fileID, line: UInt = #line
) async throws -> Value {
  let family = try ChildGroup(starting: .race, .firstSuccess, SourceSite(file, line))
  return try await family.winningValue([
    family.start(0, first), family.start(1, second), family.start(2, third),
    family.start(3, fourth), family.start(4, fifth), family.start(5, sixth),
  ])
}

extension ChildGroup {
  /// Waits for the children; the value of the first that succeeded, or why there is none.
  @inlinable
  func winningValue<Value: Sendable>(_ slots: [ResultSlot<Value>]) async throws -> Value {
    await waitForAll()
    if let winner { return try slots[winner].get() }
    if Task.isCancelled { throw CancellationError() }
    let errors = slots.compactMap { slot -> (any Error)? in
      guard case .failure(let error) = slot.value else { return nil }
      return error
    }
    throw ErrorGroup(errors, titles: errors.indices.map { "race[\($0)]" })
  }
}
