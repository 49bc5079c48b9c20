// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A result that tasks can wait for and stop waiting for: what a `Task` alone does not offer, since
/// awaiting one cannot be cancelled.
@usableFromInline
package final class Completion<Success: Sendable>: Sendable {
  @usableFromInline
  typealias Line = WaitQueue<
    Void, Result<Success, any Error>, Parked<Result<Success, any Error>>
  >

  @usableFromInline
  struct State {
    @usableFromInline var result: Result<Success, any Error>?
    @usableFromInline var line = Line()
    @usableFromInline var isAbandoned = false

    @inlinable
    init() {}

    /// Takes a place in line, unless the result is there.
    @inlinable
    mutating func enter(_ waiter: Parked<Result<Success, any Error>>) -> Line.Ticket? {
      result == nil ? line.enter((), waiter) : nil
    }
  }

  @usableFromInline let state: Guarded<State>

  // The value is made here, where clients specialise it.
  @inlinable
  package init() { state = Guarded(State()) }

  /// The result, if it is there.
  @inlinable
  var result: Result<Success, any Error>? { state.withLock { $0.result } }

  /// Whether this very error is the result.
  @usableFromInline
  func hasFailed(with error: any Error) -> Bool {
    guard case .failure(let failure) = result else { return false }
    return ErrorIdentity(failure) == ErrorIdentity(error)
  }

  /// Whether a task stopped waiting before the result was there.
  var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

  /// Sets the result and wakes all tasks that wait; false, and no effect, when there is one already.
  @inlinable @discardableResult
  package func completeOnce(_ result: Result<Success, any Error>) -> Bool {
    let wakeups: WakeupList<Result<Success, any Error>, Parked<Result<Success, any Error>>>? =
      state.withLock { state in
        guard state.result == nil else { return nil }
        state.result = result
        return state.line.grantAll(result)
      }
    guard let wakeups else { return false }
    wakeups.deliver()
    return true
  }

  /// Sets the result, which must not have been set.
  @inlinable
  package func complete(_ result: Result<Success, any Error>) {
    let isFirst = completeOnce(result)
    require(isFirst, "Completion: completed twice")
  }

  /// Sets the result of `body`; an error of which no waiting task is left to hear is logged.
  ///
  /// - Parameter failure: What has failed, for the log.
  func complete(
    elseLog failure: @autoclosure () -> String, _ body: () async throws -> Success
  ) async {
    do {
      complete(.success(try await body()))
    } catch {
      if isAbandoned, !(error is CancellationError) {
        Log.error("\(failure()) failed after its caller was cancelled: \(error)")
      }
      complete(.failure(error))
    }
  }

  /// Waits for the result, whatever happens to the waiting task.
  func resultUncancellably(_ reason: WaitReason) async -> Result<Success, any Error> {
    let outcome = await parkUncancellably(reason) { waiter in
      state.withLock { $0.enter(waiter) }
    }
    switch outcome {
    case .granted(let result): return result
    case .cancelled: return .failure(CancellationError())
    case nil: return result ?? .failure(CancellationError())
    }
  }

  /// Waits for the result.
  ///
  /// Throws `CancellationError` at once when the waiting task is cancelled.
  @inlinable
  package func value(_ reason: WaitReason) async throws -> Success {
    if let result { return try result.get() }
    let outcome = await park(reason) { waiter in
      state.withLock { $0.enter(waiter) }
    } cancel: { ticket in
      state.withLock { state in
        if state.line.isWaiting(ticket) { state.isAbandoned = true }
        return state.line.cancel(ticket)
      }
    }
    switch outcome {
    case .granted(let result): return try result.get()
    case .cancelled: throw CancellationError()
    case nil: return try (result ?? .failure(CancellationError())).get()
    }
  }
}
