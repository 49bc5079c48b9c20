// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs one operation over many inputs, at most `limit` at a time, pulling the inputs as it goes:
/// the engine of `gather(_:limit:)`, `gatherResults(_:limit:)` and `asCompleted`.
///
/// A hundred thousand inputs with a limit of ten make ten tasks.
///
/// Unchecked: the iterator is behind a lock.
final class SequenceRun<Inputs: Sequence, Output: Sendable>: @unchecked Sendable
where Inputs.Element: Sendable, Inputs: SendableMetatype {
  typealias Input = Inputs.Element
  typealias Operation = @isolated(any) @Sendable (Input) async throws -> Output

  private struct State {
    var inputs: Inputs.Iterator
    var nextIndex = 0
  }

  private let state: Guarded<State>
  fileprivate let operation: Operation
  private let limit: Int?
  let family: Family
  /// Takes each result.
  ///
  /// When it throws, the child ends with that error.
  private let receive: @Sendable (Int, Result<Output, any Error>) async throws -> Void

  init(
    _ inputs: consuming Inputs, limit: Int?, _ family: Family, _ operation: @escaping Operation,
    receive: @escaping @Sendable (Int, Result<Output, any Error>) async throws -> Void
  ) {
    precondition((limit ?? 1) > 0, "limit must be positive, got \(limit ?? 0)")
    state = Guarded(State(inputs: inputs.makeIterator()))
    self.limit = limit
    self.family = family
    self.operation = operation
    self.receive = receive
  }

  /// The number of inputs that were pulled.
  var count: Int { state.withLock { $0.nextIndex } }

  /// Whether there is an input that was not pulled; pulls it.
  func hasMore() -> Bool { next() != nil }

  /// Pulls the rest without running it, and returns the number of inputs.
  func countAll() -> Int {
    while next() != nil {}
    return count
  }

  /// Starts as many children as there may be; each goes on with further inputs.
  func start() {
    var started = 0
    while started < limit ?? .max, let (index, input) = next() {
      startChild(index, input)
      started += 1
    }
  }

  private func next() -> (Int, Input)? {
    state.withLock { state in
      guard let input = state.inputs.next() else { return nil }
      defer { state.nextIndex += 1 }
      return (state.nextIndex, input)
    }
  }

  private func startChild(_ index: Int, _ input: Input) {
    let work = Unchecked<@isolated(any) () async throws -> Void> {
      try await self.work(index, input)
    }
    // Errors were handed to `receive` where they happened.
    family.startChild(index, work) { _ in }
  }

  private func work(_ firstIndex: Int, _ firstInput: Input) async throws {
    var item: (Int, Input)? = (firstIndex, firstInput)
    while let (index, input) = item {
      try await receive(index, await outcome(input))
      // Without a limit every input has a child of its own.
      item = limit == nil || Task.isCancelled ? nil : next()
    }
  }
}

extension SequenceRun {
  private func outcome(_ input: Input) async -> Result<Output, any Error> {
    do { return .success(try await operation(input)) } catch { return .failure(error) }
  }
}

/// Results by index, filled in any order.
final class ResultList<Output: Sendable>: Sendable {
  private let results = Guarded<[Result<Output, any Error>?]>([])

  func set(_ index: Int, _ result: Result<Output, any Error>) {
    results.withLock { results in
      while results.count <= index { results.append(nil) }
      results[index] = result
    }
  }

  /// All results; inputs that were never run count as cancelled.
  func take(count: Int) -> [Result<Output, any Error>] {
    results.withLock { results in
      (0..<count).map { index in
        (index < results.count ? results[index] : nil) ?? .failure(CancellationError())
      }
    }
  }
}
