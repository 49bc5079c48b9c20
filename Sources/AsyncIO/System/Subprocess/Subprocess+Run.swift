// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

extension Subprocess {
  /// Runs a program to its end and collects what it writes.
  ///
  /// Input is fed and both outputs are read at the same time, so no pipe that is full holds up another. A
  /// program that does not read its input is no error. The call ends with the program, not with what it
  /// may have left in the background: of that only what is in the pipes by then is collected.
  ///
  /// **Cancellation.** The child is sent the steps of `teardown`, its whole process group with it, and
  /// awaited; then the call throws `CancellationError`.
  ///
  /// - `outputLimit`: The largest number of bytes of each output.
  /// - Throws: ``IOError`` when the program cannot be started; ``LimitOverrunError`` when an output has more
  ///   than `outputLimit` bytes: the child is ended then.
  public static func run(
    _ executable: Executable, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, input: Input = .none, output: OutputTarget = .pipe,
    error: OutputTarget = .pipe, outputLimit: Int = 16 << 20,
    teardown: [TeardownStep] = [.gracefulShutDown()]
  ) async throws -> Output {
    precondition(
      outputLimit >= 0, "Subprocess: outputLimit must not be negative, got \(outputLimit)")
    let configuration = Configuration(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory, input: input, output: output, error: error,
      teardown: teardown)
    let collector = OutputCollector(input: input, limit: outputLimit)
    let (status, _) = try await execute(configuration) { try await collector.collect(from: $0) }
    return Output(
      status: status, standardOutput: output == .pipe ? collector.output : nil,
      standardError: error == .pipe ? collector.error : nil)
  }

  /// Runs a command line of the shell, `/bin/sh -c`, to its end and collects what it writes.
  ///
  /// See ``run(_:arguments:environment:workingDirectory:input:output:error:outputLimit:teardown:)``. Put
  /// nothing into the command that comes from outside: pass it as `arguments`, which are `$1`, `$2` … there.
  ///
  /// **Cancellation.** As there.
  public static func shell(
    _ command: String, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, input: Input = .none, output: OutputTarget = .pipe,
    error: OutputTarget = .pipe, outputLimit: Int = 16 << 20,
    teardown: [TeardownStep] = [.gracefulShutDown()]
  ) async throws -> Output {
    try await run(
      .path("/bin/sh"), arguments: ["-c", command, "sh"] + arguments, environment: environment,
      workingDirectory: workingDirectory, input: input, output: output, error: error,
      outputLimit: outputLimit, teardown: teardown)
  }

  /// Runs a program and `body` beside it, which talks to it through streams.
  ///
  /// When `body` returns, the streams are closed and the child is awaited. When it throws, the child is sent
  /// the steps of `teardown`, its whole process group with it, and awaited. `body` runs in the caller's
  /// isolation.
  ///
  /// **Cancellation.** The child is torn down as when `body` throws, also when only its end is still waited
  /// for; then the call throws `CancellationError`, or what `body` threw.
  ///
  /// - Returns: How the child has ended, and what `body` returned.
  @discardableResult
  public static func run<Value>(
    _ executable: Executable, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, output: OutputTarget = .pipe, error: OutputTarget = .inherit,
    teardown: [TeardownStep] = [.gracefulShutDown()],
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Execution) async throws -> Value
  ) async throws -> (status: TerminationStatus, value: Value) {
    let configuration = Configuration(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory, input: .none, hasInputPipe: true, output: output,
      error: error, teardown: teardown)
    return try await execute(configuration, isolation: isolation, body)
  }

  private static func execute<Value>(
    _ configuration: Configuration, isolation: isolated (any Actor)? = #isolation,
    _ body: (Execution) async throws -> Value
  ) async throws -> (status: TerminationStatus, value: Value) {
    let execution = try await Execution.start(configuration)
    do {
      let value = try await body(execution)
      await execution.closeStreams()
      try await execution.child.waitForEnd()
      return (execution.child.reap(), value)
    } catch {
      // Out of reach of the cancellation that may have led here; every step has its own limit.
      let limit = configuration.teardown.reduce(Duration.seconds(60)) { $0 + $1.allowedDuration }
      try? await withCancellationShield(grace: limit) {
        try await execution.child.tearDown(configuration.teardown)
      }
      await execution.closeStreams()
      _ = execution.child.reap()
      throw error
    }
  }
}
