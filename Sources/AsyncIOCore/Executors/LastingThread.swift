// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule

/// A thread that lives as long as the process, for calls whose effect ends with the thread that makes them.
///
/// Started with the first call.
package enum LastingThread {
  private static let jobs = LockWithCondition(Deque<@Sendable () -> Void>())

  private static let isStarted = Guarded(false)

  private static func startIfNeeded() throws(SystemError) {
    try isStarted.withLock { (isStarted: inout Bool) throws(SystemError) in
      if isStarted { return }
      try Thread.start(name: "asyncio-spawn") {
        ThreadCensus.addBystander()
        while true { jobs.wait { $0.popFirst() }?() }
      }
      isStarted = true
    }
  }

  /// Runs `body` on the thread, and waits for its end, whatever happens.
  package static func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try RunningTask.checkCancellation()
    try startIfNeeded()
    let hold = EventLoop.ambient.hold()
    defer { hold.release() }
    let completion = Completion<Value>()
    jobs.withLock { $0.append { completion.complete(Result(catching: body)) } }
    jobs.notify()
    return try await completion.resultUncancellably(.thread).get()
  }
}
