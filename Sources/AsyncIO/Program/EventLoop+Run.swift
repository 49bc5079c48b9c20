// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension EventLoop {
  /// Runs `body` on a new event loop, on the calling thread, until it ends, and returns its result.
  ///
  /// The bridge from synchronous code; Python's `asyncio.run`.
  ///
  /// When the body has ended, tasks that this package started and that still run are cancelled and
  /// awaited, blocking calls included. Tasks that ignore
  /// their cancellation are logged by name every `Configuration.shutdownGrace`.
  ///
  /// ```swift
  /// let value = try EventLoop.run { try await work() }
  /// ```
  ///
  /// - Throws: What the body throws. ``EventLoopError/alreadyRunning`` inside a running loop of the
  ///   same thread. ``DeadlockError`` when the body can never finish.
  @available(
    *, noasync,
    message:
      "in async code just await; a loop of its own belongs on another thread, or into a LoopPool"
  )
  @discardableResult
  public static func run<Success: Sendable>(
    _ configuration: Configuration = Configuration(),
    file: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping @isolated(any) () async throws -> Success
  ) throws -> Success {
    ProcessPool.serveIfWorker()
    guard current == nil else { throw EventLoopError.alreadyRunning }
    let loop = try EventLoop(configuration, takeover: takesOver(configuration.mode))
    let run = LoopRun<Success>(loop, site: SourceSite(file, line))
    return try run.perform(body).get()
  }

  private static func takesOver(_ mode: Mode) throws(EventLoopError) -> Bool {
    switch mode {
    case .scoped: return false
    case .automatic:
      return TakeoverExecutors.obstacle() == nil
    case .takeover:
      if let obstacle = TakeoverExecutors.obstacle() { throw obstacle.error }
      return true
    }
  }
}
