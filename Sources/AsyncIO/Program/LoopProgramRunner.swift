// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs a program's loop with its signals, and turns its end into an exit status.
///
/// For programs with an entry point of their own; `LoopProgram` is this with `@main`.
public enum LoopProgramRunner {
  /// Runs `body` as ``LoopProgram`` runs its program, and returns the exit status.
  public static func run(
    _ configuration: EventLoop.Configuration = .init(),
    file: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping @isolated(any) () async throws -> Void
  ) -> Int32 {
    run(configuration, SourceSite(file, line), body)
  }

  static func run(
    _ configuration: EventLoop.Configuration, _ site: SourceSite,
    _ body: sending @escaping @isolated(any) () async throws -> Void
  ) -> Int32 {
    ProcessPool.serveIfWorker()
    do {
      guard EventLoop.current == nil else { throw EventLoopError.alreadyRunning }
      let loop = try EventLoop(configuration, takeover: takesOver(configuration.mode, body))
      let run = LoopRun<Void>(loop, site: site)
      let signals = try ProgramSignals(loop) { [run = UncheckedSendable(run)] in run.value.cancel()
      }
      let result = run.perform(
        onBodyEnd: { signals.bodyHasEnded() }, onUnfinished: endAfterThirdWarning, body)
      return status(of: result, signal: signals.finish())
    } catch {
      return report(error)
    }
  }

  private static func takesOver(
    _ mode: EventLoop.Mode, _ body: @isolated(any) () async throws -> Void
  ) throws(EventLoopError) -> Bool {
    if mode == .scoped { return false }
    guard let obstacle = TakeoverExecutors.obstacle(isEntryPoint: true) else { return true }
    // Without a takeover the main actor is not served: a body that it isolates would never begin.
    let isOfMainActor = body.isolation === MainActor.shared
    guard mode == .automatic, obstacle.isOutOfReach, !isOfMainActor else { throw obstacle.error }
    obstacle.logFallback()
    return false
  }

  private static func endAfterThirdWarning(_ times: Int) {
    guard times >= 3 else { return }
    Syscalls.writeToStandardError("error: some tasks did not end when the program did\n")
    Syscalls.exitAtOnceWithChildren(1)
  }

  private static func status(of result: Result<Void, any Error>, signal: Int32?) -> Int32 {
    switch result {
    case .success: return signal.map { 128 + $0 } ?? 0
    case .failure(let exit as ExitStatus): return exit.code
    case .failure(let error):
      guard let signal else { return report(error) }
      if !(error is CancellationError) { _ = report(error) }
      return 128 + signal
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    Syscalls.writeToStandardError("error: \(error)\n")
    return 1
  }
}
