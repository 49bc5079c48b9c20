// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A fixed number of operations that run beside each other for one call: what `gather`,
/// `gatherResults` and `race` share.
///
/// Starts the children, propagates cancellation, and waits.
final class Family: Sendable {
  /// When the first result decides.
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
    let title: String
  }

  private struct State {
    var failures: [Failure] = []
    var winner: Int?
  }

  private let verb: String
  private let policy: Policy
  private let site: SourceSite
  private let loop = EventLoop.ambient
  private let state = Guarded(State())
  let children = Children()

  init(_ verb: String, _ policy: Policy, _ site: SourceSite) {
    self.verb = verb
    self.policy = policy
    self.site = site
  }

  /// The child that succeeded first.
  var winner: Int? { state.withLock { $0.winner } }

  /// Starts a child; its result will be in the returned slot.
  func start<Success: Sendable>(
    _ index: Int, _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> ResultSlot<Success> {
    let slot = ResultSlot<Success>()
    startChild(index, Unchecked(operation)) { slot.set($0) }
    return slot
  }

  /// Starts a child that hands its result to `receive`.
  func startChild<Success: Sendable>(
    _ index: Int, _ operation: Unchecked<@isolated(any) () async throws -> Success>,
    receive: @escaping @Sendable (Result<Success, any Error>) -> Void
  ) {
    guard !children.isCancelled, let key = children.register() else { return }
    let title = "\(verb)[\(index)]"
    let task = TaskFactory.start(
      name: title, site: site, on: loop, reportsError: false, isStructured: true
    ) {
      defer { self.children.end(key) }
      do {
        receive(.success(try await operation.value()))
        self.noteSuccess(index)
      } catch {
        receive(.failure(error))
        self.note(error, title)
      }
    }
    children.adopt(key, ErasedTask(task))
  }

  func noteSuccess(_ index: Int) {
    guard policy == .firstSuccess else { return }
    state.withLock { $0.winner = $0.winner ?? index }
    children.cancel()
  }

  func note(_ error: any Error, _ title: String) {
    state.withLock { $0.failures.append(Failure(error: error, title: title)) }
    if policy == .allSucceed { children.cancel() }
  }

  /// Waits until all children have ended; cancelling the caller cancels them.
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
        "\(failure.title), started at \(site), failed after \(first.title) had (\(first.error)): "
          + "\(failure.error)", ["created": "\(site)"])
    }
    throw first.error
  }
}

/// Where a child leaves its result.
final class ResultSlot<Success: Sendable>: Sendable {
  private let result = Guarded<Result<Success, any Error>?>(nil)

  func set(_ new: Result<Success, any Error>) { result.withLock { $0 = new } }

  /// The result; a child that never ran was cancelled.
  var value: Result<Success, any Error> {
    result.withLock { $0 } ?? .failure(CancellationError())
  }

  func get() throws -> Success { try value.get() }
}
