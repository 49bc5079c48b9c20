// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs a call that blocks (a file, a C library, a computation of some length) on a thread of the
/// loop's pool, so that the loop goes on serving the other tasks meanwhile.
///
/// Python's `run_in_executor` and `to_thread`.
///
/// The pool has at most `EventLoop.Configuration.blockingThreads` threads; further calls wait in
/// line. Task-local values are those of the caller, and `Task.isCancelled` in `body` tells whether
/// the caller was cancelled.
///
/// **Cancellation.** Before a thread is found, the call throws `CancellationError` and `body` never
/// runs. Once `body` runs, a thread cannot be stopped: the caller waits for it and gets its result.
/// With `abandonOnCancel`, the caller gets `CancellationError` at once instead and the thread goes
/// on to its end; `EventLoop.run` still waits for it.
///
/// ```swift
/// let data = try await runBlocking { try readBigFile(path) }
/// ```
///
/// - Throws: What `body` throws, `CancellationError`, or ``EventLoopError`` when no thread can be
///   started.
public func runBlocking<Result: Sendable>(
  abandonOnCancel: Bool = false,
  file: StaticString = #fileID, line: UInt = #line,
  _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
  try RunningTask.checkCancellation()
  let loop = EventLoop.ambient
  guard abandonOnCancel else {
    // The loop may be waiting for the end of this call, which was not made by one of its own steps.
    defer { if !loop.isEnded { loop.wake() } }
    return try await loop.blockingPool.run(body)
  }
  let completion = Completion<Result>()
  let site = SourceSite(file, line)
  let task = TaskFactory.start(
    label: TaskLabel("runBlocking"), site: site, on: loop, .isStructured
  ) {
    await completion.complete(elseLog: "the blocking call at \(site)") {
      try await loop.blockingPool.run(body)
    }
  }
  do {
    return try await completion.value(.thread)
  } catch let error as CancellationError {
    // A call that still waits for a thread never runs; one that runs can see that it was cancelled.
    task.cancel()
    throw error
  }
}
