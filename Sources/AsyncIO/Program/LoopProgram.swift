// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
/// The loop takes over the process: one thread runs everything, `@MainActor` code included. Where no loop can take over (see
/// ``EventLoop/Mode/automatic``) it runs in scoped mode, and a `run()` of the main actor is refused with an error.
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
