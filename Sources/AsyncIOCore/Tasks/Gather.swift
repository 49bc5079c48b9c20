// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs `operation` for every input, at most `limit` at a time, and returns the values in the order
/// of the inputs.
///
/// Python's `gather`.
///
/// The inputs are pulled as there is room for them, so an endless or lazy sequence costs no more
/// than `limit` tasks. Without a limit all run at once. The closure has the caller's actor
/// isolation.
///
/// On the first failure the others are cancelled and awaited, and that error is thrown; errors of
/// the others are logged.
///
/// **Cancellation.** Cancelling the caller cancels all operations and awaits them; the call then
/// throws what they throw, `CancellationError` as a rule. A task that is cancelled already starts
/// nothing.
///
/// ```swift
/// let pages = try await gather(urls, limit: 10) { url in try await fetch(url) }
/// ```
///
/// - Throws: The first error of an operation; `CancellationError`.
@inlinable @discardableResult
public func gather<Inputs: Sequence, Output: Sendable>(
  _ inputs: Inputs, limit: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
  @_inheritActorContext _ operation:
    @escaping @isolated(any) @Sendable (Inputs.Element) async throws -> Output
) async throws -> [Output] where Inputs.Element: Sendable, Inputs: SendableMetatype {
  if RunningTask.isCancelled { throw CancellationError() }
  let family = ChildGroup(.gather, .allSucceed, SourceSite(file, line))
  let results = ResultList<Output>(family, endsOnFailure: true)
  let run = SequenceRun(inputs, limit: limit, family, operation, into: results)
  run.start()
  try await family.waitForSuccess()
  // A cancelled family may have left inputs that were never pulled.
  if family.isCancelled, run.hasMore() { throw CancellationError() }
  return try results.takeValues(count: run.count)
}

/// As ``gather(_:limit:file:line:_:)``, but keeps every outcome: no failure stops the others.
///
/// Python's `gather(return_exceptions=True)`.
///
/// **Cancellation.** Cancelling the caller cancels all operations and awaits them; inputs that were
/// not yet begun have `CancellationError` as their result.
@inlinable
public func gatherResults<Inputs: Sequence, Output: Sendable>(
  _ inputs: Inputs, limit: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
  @_inheritActorContext _ operation:
    @escaping @isolated(any) @Sendable (Inputs.Element) async throws -> Output
) async -> [Result<Output, any Error>] where Inputs.Element: Sendable, Inputs: SendableMetatype {
  let family = ChildGroup(.gatherResults, .keepGoing, SourceSite(file, line))
  let results = ResultList<Output>(family, endsOnFailure: false)
  let run = SequenceRun(inputs, limit: limit, family, operation, into: results)
  if RunningTask.isCancelled { family.children.cancel() } else { run.start() }
  await family.waitForAll()
  return results.take(count: run.countAll())
}
