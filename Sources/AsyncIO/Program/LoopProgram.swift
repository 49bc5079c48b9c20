// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A program that runs on the event loop: mark a type with `@main`, give it this protocol, and
/// write `run()`.
///
/// ```swift
/// @main struct Fetcher: LoopProgram {
///   static func run() async throws {
///     try await sleep(for: .seconds(1))
///   }
/// }
/// ```
///
/// The loop takes over the process: one thread runs everything, `@MainActor` code included.
///
/// - When `run()` returns, the exit status is 0. When it throws, the error is written to standard
///   error as `error: …` and the status is 1; an ``ExitStatus`` ends the program with its own.
/// - SIGINT and SIGTERM cancel the task of `run()`, so that its clean-up runs; the status is 128
///   plus the signal's number. A second signal ends the process at once, and kills the child processes that are left. While a
///   task listens for one of them with ``signals(_:)``, it is the listener's. While other code of the process owns one (a
///   `DispatchSource`, a `ServiceGroup`), the first is its, and the second still ends the process.
/// - When `run()` has not ended `shutdownGrace` after a signal, because it ignores its cancellation, waits for a blocking
///   call or blocks the loop, the tasks are named in the log; after the third time the process ends with status 128 plus the
///   signal's number.
/// - Tasks that ignore the end of `run()` are named in the log every `shutdownGrace`; after the third time the
///   process ends with status 1.
public protocol LoopProgram: SendableMetatype {
  /// The program. Cancelled by SIGINT and SIGTERM.
  static func run() async throws

  /// The settings of the loop. The usual ones, unless the program says otherwise.
  static var configuration: EventLoop.Configuration { get }
}

/// Thrown from ``LoopProgram/run()`` to end the program with a status, without a message.
public struct ExitStatus: Error, Hashable {
  /// The exit status, 0...255.
  public let code: Int32

  /// Makes an exit with this status.
  public init(_ code: Int32) { self.code = code }
}

extension LoopProgram {
  /// The usual settings.
  public static var configuration: EventLoop.Configuration { .init() }

  /// The entry point: runs the loop and ends the process.
  public static func main() {
    // The compiler calls this: no line of the program does.
    let site = SourceSite(named: "\(Self.self).run()")
    Syscalls.exitProcess(LoopProgramRunner.run(configuration, site) { try await run() })
  }
}

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

  fileprivate static func run(
    _ configuration: EventLoop.Configuration, _ site: SourceSite,
    _ body: sending @escaping @isolated(any) () async throws -> Void
  ) -> Int32 {
    ProcessPool.serveIfWorker()
    do {
      var configuration = configuration
      if configuration.mode == .automatic { configuration.mode = .takeover }
      guard EventLoop.current == nil else { throw EventLoopError.alreadyRunning }
      let takesOver = configuration.mode == .takeover
      guard !takesOver || TakeoverExecutors.isPossible(isEntryPoint: true) else {
        throw EventLoopError.takeoverImpossible
      }
      let loop = try EventLoop(configuration, takeover: takesOver)
      let run = LoopRun<Void>(loop, site: site)
      let signals = try ProgramSignals(loop) { [run = Unchecked(run)] in run.value.cancel() }
      let result = run.perform(
        onBodyEnd: { signals.bodyHasEnded() }, onUnfinished: endAfterThirdWarning, body)
      return status(of: result, signal: signals.finish())
    } catch {
      return report(error)
    }
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

/// SIGINT and SIGTERM of a program: the first cancels it, the second ends the process in the signal
/// handler itself, even if the loop hangs.
private final class ProgramSignals: Sendable {
  private let key: UInt64
  private let received: Received
  private let watch: ProgramWatch

  private final class Received: Sendable {
    let number = Atomic<Int32>(0)
  }

  init(_ loop: EventLoop, onSignal: @escaping @Sendable () -> Void) throws(EventLoopError) {
    let received = Received()
    self.received = received
    let signals: Set = [Syscalls.interrupt, Syscalls.terminate]
    key = try SignalHub.shared.add(signals, on: loop, isProgram: true) { number in
      _ = received.number.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      if !loop.isEnded { loop.perform(onSignal) }
    }
    watch = ProgramWatch(loop)
    Watchdog.shared.add(
      watch, or: "a program that ignores the signals to end will not be ended")
  }

  /// What is left from now on is named by the end of the run.
  func bodyHasEnded() {
    watch.bodyHasEnded()
    Watchdog.shared.lookNow()
  }

  /// Stops listening and returns the first that came.
  func finish() -> Int32? {
    Watchdog.shared.remove(watch)
    watch.end()
    SignalHub.shared.takeBackWhatNobodyTook()
    SignalHub.shared.dispatch()
    SignalHub.shared.remove(key)
    let number = received.number.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
}
