// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A stretch of a task that can be cancelled without cancelling the task: the body of a timeout or
/// of a scope.
///
/// It runs in a child task (`async let`, which lives in its parent's memory), so that cancelling
/// the child is enough, and whatever cancels the parent cancels it too.
@usableFromInline
final class CancelScope: Sendable {
  // The child's memory ends with its parent's call: it may be cancelled from other threads only
  // while it is known to run. A cancellation under way holds up the child's end.
  private enum Phase {
    case waiting
    case running(UnsafeCurrentTask)
    case cancelling
    case ended
  }

  private struct State: @unchecked Sendable {  // The task is only touched as `Phase` says.
    var phase = Phase.waiting
    var isCancelled = false
  }

  private let state = Guarded(State())

  @usableFromInline
  init() {}

  /// Whether `cancel` was called before the body had ended.
  @usableFromInline
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Cancels the body; does nothing when it has ended.
  ///
  /// From any thread.
  func cancel() {
    let task: UnsafeCurrentTask? = state.withLock { state in
      if case .ended = state.phase { return nil }
      state.isCancelled = true
      guard case .running(let task) = state.phase else { return nil }
      state.phase = .cancelling
      return task
    }
    guard let task else { return }
    task.cancel()
    state.withLock { $0.phase = .running(task) }
  }

  @usableFromInline
  func enter() {
    TaskRecord.current?.endWait()
    withUnsafeCurrentTask { task in
      guard let task else { return }
      let isCancelled = state.withLock { state in
        state.phase = .running(task)
        return state.isCancelled
      }
      if isCancelled { task.cancel() }
    }
  }

  @usableFromInline
  func leave() {
    while !tryLeave() { Thread.yield() }
  }

  private func tryLeave() -> Bool {
    state.withLock { state in
      if case .cancelling = state.phase { return false }
      state.phase = .ended
      return true
    }
  }

  /// Runs `body` in the caller's isolation, as the part of the task that `cancel` reaches.
  @inlinable
  func run<Value>(
    isolation: isolated (any Actor)?, _ body: () async throws -> Value
  ) async -> Result<Value, any Error> {
    await withoutActuallyEscaping(body) { body in
      // The child has the caller's isolation, so the body and its value stay where they belong.
      let body = Unchecked(body)
      async let outcome = {
        _ = isolation
        self.enter()
        defer { self.leave() }
        do {
          return Unchecked(Result<Value, any Error>.success(try await body.value()))
        } catch {
          return Unchecked(Result<Value, any Error>.failure(error))
        }
      }()
      return await outcome.value
    }
  }
}
