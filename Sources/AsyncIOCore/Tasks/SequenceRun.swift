// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
  @usableFromInline let family: ChildGroup
  @usableFromInline let sink: Sink

  @inlinable
  init(
    _ inputs: consuming Inputs, limit: Int?, _ family: ChildGroup,
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
            await perform(place.record) {
              await self.work(index, input)
              self.family.end(place)
            }
          })
      } else {
        family.adopt(
          place,
          Task {
            await perform(place.record) {
              await self.work(index, input)
              self.family.end(place)
            }
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
