// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A fixed number of operations that run beside each other for one call: what `gather`,
/// `gatherResults` and `race` share.
///
/// Starts the children, propagates cancellation, and waits.
@usableFromInline
final class ChildGroup: Sendable {
  /// When the first result decides.
  @usableFromInline
  enum Policy: Sendable {
    /// The first failure cancels the rest.
    case allSucceed
    /// Each goes on to its end.
    case keepGoing
    /// The first success cancels the rest.
    case firstSuccess
  }

  private struct Failure {
    let error: any Error
    let index: Int
  }

  private struct State {
    var failures: [Failure] = []
    var winner: Int?
  }

  @usableFromInline let verb: GroupKind
  private let policy: Policy
  @usableFromInline let site: SourceSite
  @usableFromInline let loop: EventLoop
  private let state = Guarded(State())
  @usableFromInline let children = ChildTable()

  @usableFromInline
  init(_ verb: GroupKind, _ policy: Policy, _ site: SourceSite) {
    self.verb = verb
    self.policy = policy
    self.site = site
    loop = .ambient
  }

  /// The child that succeeded first.
  @usableFromInline
  var winner: Int? { state.withLock { $0.winner } }

  @usableFromInline
  var isCancelled: Bool { children.isCancelled }

  /// Starts a child; its result will be in the returned slot.
  @inlinable
  func start<Success: Sendable>(
    _ index: Int, _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> ResultSlot<Success> {
    let slot = ResultSlot<Success>()
    guard let place = register(index) else { return slot }
    let operation = UncheckedOperation(operation)
    let work: @concurrent @Sendable () async -> Void = {
      await perform(place.record) {
        do {
          slot.set(.success(try await operation.run()))
          self.noteSuccess(index)
        } catch {
          slot.set(.failure(error))
          self.noteFailure(error, index)
        }
        self.end(place)
      }
    }
    if let executor = loop.preferredExecutor {
      adopt(place, Task(executorPreference: executor) { await work() })
    } else {
      adopt(place, Task { await work() })
    }
    return slot
  }

  /// A child's place in the family, and its record.
  @usableFromInline
  struct Place: Sendable {
    fileprivate let key: ChildTable.Key
    @usableFromInline let record: TaskRecord
  }

  /// Takes a place for a child; nil once the family was cancelled.
  @usableFromInline
  func register(_ index: Int) -> Place? {
    guard let key = children.register() else { return nil }
    let record = TaskRecord(
      label: .member(verb, Int32(clamping: index)), site: site, loop: loop, .isStructured)
    return Place(key: key, record: record)
  }

  /// Notes the child's task.
  @usableFromInline
  func adopt(_ place: Place, _ task: Task<Void, Never>) {
    let task = ErasedTask(task)
    place.record.join(task)
    children.adopt(place.key, task)
  }

  /// The last thing the child does.
  @usableFromInline
  func end(_ place: Place) { children.end(place.key) }

  @usableFromInline
  func noteSuccess(_ index: Int) {
    guard policy == .firstSuccess else { return }
    state.withLock { $0.winner = $0.winner ?? index }
    children.cancel()
  }

  @usableFromInline
  func noteFailure(_ error: any Error, _ index: Int) {
    state.withLock { $0.failures.append(Failure(error: error, index: index)) }
    if policy == .allSucceed { children.cancel() }
  }

  /// Waits until all children have ended; cancelling the caller cancels them.
  @usableFromInline
  func waitForAll() async {
    await withTaskCancellationHandler {
      await children.drain()
    } onCancel: {
      children.cancel()
    }
  }

  /// Waits for all, and throws the first error there was.
  ///
  /// Later ones are logged: they are not thrown, and must not get lost.
  @usableFromInline
  func waitForSuccess() async throws {
    await waitForAll()
    let failures = state.withLock { $0.failures }
    guard let first = failures.first else { return }
    var seen: Set = [ErrorIdentity(first.error)]
    for failure in failures.dropFirst()
    where !(failure.error is CancellationError)
      && seen.insert(ErrorIdentity(failure.error)).inserted
    {
      Log.warning(
        "\(verb)[\(failure.index)], started at \(site), failed after \(verb)[\(first.index)] had "
          + "(\(first.error)): \(failure.error)")
    }
    throw first.error
  }
}
