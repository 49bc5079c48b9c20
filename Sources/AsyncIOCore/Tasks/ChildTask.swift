// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A child of a ``TaskScope``.
public struct ChildTask<Success: Sendable>: Sendable {
  @usableFromInline let completion: Completion<Success>
  @usableFromInline let task: ErasedTask?
  @usableFromInline let scope: TaskScope?

  @inlinable
  init(completion: Completion<Success>, task: ErasedTask?, scope: TaskScope?) {
    self.completion = completion
    self.task = task
    self.scope = scope
  }

  /// The child's value, once it has ended.
  ///
  /// Throws the child's error; it counts once for the scope, however often it is passed on, and ``DeadlockError`` when the
  /// child waits for a lock that the waiting task holds, or for its end. Throws
  /// `CancellationError` as soon as the waiting task is cancelled; that does not cancel the child.
  @inlinable public var value: Success {
    get async throws {
      if RunningTask.mustPause { try await RunningTask.pause() }
      do {
        if let result = completion.result { return try result.get() }
        return try await joinedValue
      } catch {
        if completion.hasFailed(with: error) { scope?.noteRead(error) }
        throw error
      }
    }
  }

  @inlinable var joinedValue: Success {
    get async throws {
      let edge = try ChildJoin(task)
      defer { edge?.end() }
      return try await completion.value(.children)
    }
  }

  /// The child's value or error, once it has ended; `CancellationError` as soon as the waiting task
  /// is cancelled.
  public var result: Result<Success, any Error> {
    get async {
      do { return .success(try await value) } catch { return .failure(error) }
    }
  }

  /// Cancels this child only.
  ///
  /// Its `CancellationError` is no failure of the scope.
  public func cancel() { task?.cancel() }

  func endUncancellably() async -> Result<Success, any Error> {
    await completion.resultUncancellably(.children)
  }
}
