// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs `operation` for every input, at most `limit` at a time, and gives the values as they come,
/// each with the index of its input.
///
/// Python's `as_completed`.
///
/// The work starts when iteration does. A consumer that is slow holds the operations back: no more
/// than `limit` results wait for it. The first failure is thrown at its turn; it ends the
/// iteration, and the others are cancelled and awaited. Leaving the loop early cancels them; the
/// loop awaits them when `run` ends. The closure has the caller's actor isolation.
///
/// **Cancellation.** Cancelling the consumer cancels and awaits the operations; the iteration
/// throws `CancellationError`.
///
/// ```swift
/// for try await (index, page) in asCompleted(urls, limit: 10, { try await fetch($0) }) { … }
/// ```
public func asCompleted<Inputs: Sequence & Sendable, Output: Sendable>(
  _ inputs: Inputs, limit: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
  @_inheritActorContext _ operation:
    @escaping @isolated(any) @Sendable (Inputs.Element) async throws -> Output
) -> AsCompleted<Inputs, Output> where Inputs.Element: Sendable {
  require((limit ?? 1) > 0, "limit must be positive, got \(limit ?? 0)")
  return AsCompleted(
    inputs: inputs, limit: limit, operation: operation, site: SourceSite(file, line))
}

/// The values of ``asCompleted(_:limit:file:line:_:)``, in the order of their completion.
public struct AsCompleted<Inputs: Sequence & Sendable, Output: Sendable>: AsyncSequence, Sendable
where Inputs.Element: Sendable {
  /// The index of an input, and the value for it.
  public typealias Element = (index: Int, value: Output)

  let inputs: Inputs
  let limit: Int?
  let operation: @isolated(any) @Sendable (Inputs.Element) async throws -> Output
  let site: SourceSite

  /// Starts the work.
  public func makeAsyncIterator() -> AsyncIterator {
    let feed = Feed(limit: limit, site: site)
    // The children hold the queue, not the feed: dropping the iterator drops the feed, and ends
    // them.
    let sink = Feed.Sink(results: feed.results, site: site)
    let run = SequenceRun(inputs, limit: limit, feed.family, operation, into: sink)
    run.start()
    feed.closeWhenDone()
    return AsyncIterator(feed: feed)
  }

  /// Gives the values as they come.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let feed: Feed

    /// The next value, or nil when all were given.
    ///
    /// - Throws: The first error, and `CancellationError` when the task is cancelled; the other operations
    ///   are cancelled and have ended then.
    public mutating func next() async throws -> Element? {
      try await feed.next()
    }
  }

  /// Ends the work when the iterator is dropped.
  final class Feed: Sendable {
    let results: AsyncQueue<(Int, Result<Output, any Error>)>
    let family: ChildGroup

    init(limit: Int?, site: SourceSite) {
      results = AsyncQueue(maxSize: limit ?? 0)
      family = ChildGroup(.asCompleted, .keepGoing, site)
    }

    deinit { family.children.cancel() }

    /// Where the children leave their results.
    struct Sink: ResultSink {
      let results: AsyncQueue<(Int, Result<Output, any Error>)>
      let site: SourceSite

      func receive(_ result: Result<Output, any Error>, of index: Int) async -> Bool {
        do {
          try await results.put((index, result))
          return true
        } catch {
          // Too late to be given: an error among them must not get lost.
          if case .failure(let late) = result, !(late is CancellationError) {
            Log.warning(
              "asCompleted[\(index)], started at \(site), failed after the iteration had ended: \(late)"
            )
          }
          return false
        }
      }
    }

    func closeWhenDone() {
      let (results, children) = (results, family.children)
      children.whenIdle { results.shutdown() }
    }

    func next() async throws -> Element? {
      do {
        let (index, result) = try await results.get()
        return (index, try result.get())
      } catch is QueueShutDownError {
        return nil
      } catch {
        family.children.cancel()
        results.shutdown(immediate: true)
        // Children that wait for room in the queue are cancelled too, so this ends.
        await family.children.drain()
        throw error
      }
    }
  }
}
