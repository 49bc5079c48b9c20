// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Takes the results of a `SequenceRun` as they come.
@usableFromInline
protocol ResultSink<Output>: Sendable, SendableMetatype {
  associatedtype Output: Sendable
  /// Takes a result; false when the child that brings it is to end.
  func receive(_ result: Result<Output, any Error>, of index: Int) async -> Bool
}

/// Runs one operation over many inputs, at most `limit` at a time, pulling the inputs as it goes:
/// the engine of `gather(_:limit:)`, `gatherResults(_:limit:)` and `asCompleted`.
///
/// A hundred thousand inputs with a limit of ten make ten tasks.
///
/// Unchecked: the iterator is behind a lock.
@usableFromInline
final class SequenceRun<Inputs: Sequence, Sink: ResultSink>: @unchecked Sendable
where Inputs.Element: Sendable, Inputs: SendableMetatype {
  @usableFromInline typealias Input = Inputs.Element
  @usableFromInline
  typealias Operation = @isolated(any) @Sendable (Input) async throws -> Sink.Output

  @usableFromInline
  struct State {
    @usableFromInline var inputs: Inputs.Iterator
    @usableFromInline var nextIndex = 0

    @inlinable
    init(_ inputs: Inputs.Iterator) { self.inputs = inputs }
  }

  @usableFromInline let state: Guarded<State>
  @usableFromInline let operation: Operation
  @usableFromInline let limit: Int?
  @usableFromInline let family: Family
  @usableFromInline let sink: Sink

  @inlinable
  init(
    _ inputs: consuming Inputs, limit: Int?, _ family: Family,
    _ operation: @escaping Operation, into sink: Sink
  ) {
    require((limit ?? 1) > 0, "limit must be positive, got \(limit ?? 0)")
    state = Guarded(State(inputs.makeIterator()))
    self.limit = limit
    self.family = family
    self.operation = operation
    self.sink = sink
  }

  /// The number of inputs that were pulled.
  @inlinable
  var count: Int { state.withLock { $0.nextIndex } }

  /// Whether there is an input that was not pulled; pulls it.
  @inlinable
  func hasMore() -> Bool { next() != nil }

  /// Pulls the rest without running it, and returns the number of inputs.
  @inlinable
  func countAll() -> Int {
    while next() != nil {}
    return count
  }

  /// Starts as many children as there may be; each goes on with further inputs.
  @inlinable
  func start() {
    var started = 0
    while started < limit ?? .max, let (index, input) = next() {
      guard let place = family.register(index) else { return }
      // Written twice, and all in one closure: each one more would cost two frames of the task's stack.
      if let executor = family.loop.preferredExecutor {
        family.adopt(
          place,
          Task(executorPreference: executor) {
            place.begin()
            await self.work(index, input)
            self.family.end(place)
          })
      } else {
        family.adopt(
          place,
          Task {
            place.begin()
            await self.work(index, input)
            self.family.end(place)
          })
      }
      started += 1
    }
  }

  @inlinable
  func next() -> (Int, Input)? {
    state.withLock { state in
      guard let input = state.inputs.next() else { return nil }
      defer { state.nextIndex += 1 }
      return (state.nextIndex, input)
    }
  }

  @inlinable @inline(__always)
  func work(_ firstIndex: Int, _ firstInput: Input) async {
    var item: (Int, Input)? = (firstIndex, firstInput)
    while let (index, input) = item {
      let result: Result<Sink.Output, any Error>
      do { result = .success(try await operation(input)) } catch { result = .failure(error) }
      guard await sink.receive(result, of: index) else { return }
      // Without a limit every input has a child of its own.
      item = limit == nil || Task.isCancelled ? nil : next()
    }
  }
}

/// Results by index, filled in any order.
@usableFromInline
final class ResultList<Output: Sendable>: ResultSink {
  @usableFromInline let results: Guarded<[Result<Output, any Error>?]>
  @usableFromInline let family: Family
  @usableFromInline let endsOnFailure: Bool

  /// - `endsOnFailure`: A failure ends its child, and is the family's.
  @inlinable
  init(_ family: Family, endsOnFailure: Bool) {
    // The value is made here, where clients specialise it.
    results = Guarded([])
    self.family = family
    self.endsOnFailure = endsOnFailure
  }

  @inlinable
  func receive(_ result: Result<Output, any Error>, of index: Int) async -> Bool {
    results.withLock { results in
      while results.count <= index { results.append(nil) }
      results[index] = result
    }
    guard endsOnFailure, case .failure(let error) = result else { return true }
    family.noteFailure(error, index)
    return false
  }

  /// All results; inputs that were never run count as cancelled.
  @inlinable
  func take(count: Int) -> [Result<Output, any Error>] {
    results.withLock { results in
      (0..<count).map { index in
        (index < results.count ? results[index] : nil) ?? .failure(CancellationError())
      }
    }
  }

  /// All values, or the first error there is in their order.
  @inlinable
  func takeValues(count: Int) throws -> [Output] {
    try results.withLock { results in
      var values: [Output] = []
      values.reserveCapacity(count)
      for index in 0..<count {
        guard index < results.count, let result = results[index] else { throw CancellationError() }
        values.append(try result.get())
      }
      return values
    }
  }
}
