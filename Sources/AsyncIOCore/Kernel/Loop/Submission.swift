// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A piece of work that another thread gave to a loop.
///
/// Python's `run_coroutine_threadsafe`.
public struct Submission<Success: Sendable>: Sendable {
  private let task: Task<Success, any Error>
  private let outcome: SubmissionOutcome<Success>

  fileprivate init(_ task: Task<Success, any Error>, _ outcome: SubmissionOutcome<Success>) {
    self.task = task
    self.outcome = outcome
  }

  /// Blocks the calling thread until the work has ended, and returns its value.
  ///
  /// - Parameter timeout: How long to wait; nil waits for ever. The work goes on when it is over.
  ///
  /// - Throws: What the work throws; ``EventLoopError`` with the code `timedOut` when the time is
  ///   up, or `alreadyRunning` on a loop's own thread, where it would wait for itself.
  public func wait(timeout: Duration? = nil) throws -> Success {
    guard EventLoop.current == nil else {
      throw EventLoopError(
        .alreadyRunning,
        "Submission.wait() was called on the thread of a running loop, which it would block, and "
          + "perhaps for ever; there use createTask { } and await its value")
    }
    let result = outcome.wait(timeoutNanoseconds: timeout.map { max(0, $0.nanoseconds) })
    guard let result else {
      throw EventLoopError(
        .timedOut, "the submitted work had not ended after \(timeout.map { "\($0)" } ?? "")")
    }
    return try result.get()
  }

  /// Cancels the work.
  public func cancel() { task.cancel() }
}

extension EventLoop {
  /// Runs `work` as a task of this loop, from any thread.
  ///
  /// - Throws: ``EventLoopError`` when the loop has ended.
  @discardableResult
  public func submit<Success: Sendable>(
    name: String? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ work: sending @escaping @isolated(any) () async throws -> Success
  ) throws -> Submission<Success> {
    if isEnded { throw EventLoopError.ended(self) }
    let outcome = SubmissionOutcome<Success>(SourceSite(file, line))
    let work = UncheckedSendable(work)
    let task = TaskFactory.start(
      label: TaskLabel(name), site: SourceSite(file, line), on: self, []
    ) {
      let result: Result<Success, any Error>
      do { result = .success(try await work.value()) } catch { result = .failure(error) }
      outcome.set(result)
      return try result.get()
    }
    return Submission(task, outcome)
  }
}

/// The result of a submission.
///
/// An error that was not awaited is logged when it is dropped.
private final class SubmissionOutcome<Success: Sendable>: Sendable {
  private struct State {
    var result: Result<Success, any Error>?
    var isRetrieved = false
  }

  private let state = LockWithCondition(State())
  private let site: SourceSite

  init(_ site: SourceSite) { self.site = site }

  deinit {
    let state = state.withLock { $0 }
    guard case .failure(let error) = state.result, !state.isRetrieved,
      !(error is CancellationError)
    else { return }
    Log.error(
      "the work submitted at \(site) failed and nobody waited for it: \(error)")
  }

  func set(_ result: Result<Success, any Error>) {
    state.withLock { $0.result = result }
    state.notifyAll()
  }

  func wait(timeoutNanoseconds: Int64?) -> Result<Success, any Error>? {
    state.wait(timeoutNanoseconds: timeoutNanoseconds) { state in
      if state.result != nil { state.isRetrieved = true }
      return state.result
    }
  }
}
