// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

extension Subprocess {
  /// Runs a program to its end and collects what it writes.
  ///
  /// Input is fed and both outputs are read at the same time, so no pipe that is full holds up another. A
  /// program that does not read its input is no error. The call returns when the program has exited.
  /// Output of processes that it left in the background is collected only if it is in the pipes by then.
  ///
  /// **Cancellation.** The child is sent the steps of `teardown`, its process group with it if it leads one, and
  /// awaited; then the call throws `CancellationError`. What it has written, also meanwhile, and how it has ended are in
  /// `record`.
  ///
  /// - Parameters:
  ///   - outputLimit: The largest number of bytes of each output.
  ///   - endsWithParent: Whether the child is killed when this process ends, in whatever way (prctl(2), PR_SET_PDEATHSIG). A
  ///     program that runs as another user does not keep to it.
  /// - Throws: ``IOError`` when the program cannot be started, or there is no such working directory; ``NULByteError``;
  ///   ``LimitOverrunError`` when an output has more than `outputLimit` bytes: the child is ended then.
  public static func run(
    _ executable: Executable, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, input: Input = .none, output: OutputTarget = .pipe,
    error: OutputTarget = .pipe, outputLimit: Int = 16 << 20,
    processGroup: ProcessGroup = .automatic, endsWithParent: Bool = false,
    teardown: [TeardownStep] = [.gracefulShutDown()], record: Record? = nil
  ) async throws -> Output {
    require(
      outputLimit >= 0, "Subprocess: outputLimit must not be negative, got \(outputLimit)")
    let configuration = Configuration(
      executable: executable, arguments: .texts(arguments), environment: environment,
      workingDirectory: workingDirectory, input: input, output: output, error: error,
      processGroup: processGroup, endsWithParent: endsWithParent, teardown: teardown)
    let collector = OutputCollector(configuration, limit: outputLimit)
    let (output, _) = try await execute(configuration, collector, record) {
      try await collector.collect(from: $0)
    }
    return output
  }

  /// Runs a command line of the shell, `/bin/sh -c`, to its end and collects what it writes.
  ///
  /// See ``run(_:arguments:environment:workingDirectory:input:output:error:outputLimit:processGroup:endsWithParent:teardown:record:)``. Put
  /// nothing into the command that comes from outside: pass it as `arguments`, which are `$1`, `$2` … there.
  ///
  /// **Cancellation.** As there.
  ///
  /// - Throws: As
  ///   ``run(_:arguments:environment:workingDirectory:input:output:error:outputLimit:processGroup:endsWithParent:teardown:record:)``.
  public static func shell(
    _ command: String, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, input: Input = .none, output: OutputTarget = .pipe,
    error: OutputTarget = .pipe, outputLimit: Int = 16 << 20,
    processGroup: ProcessGroup = .automatic, endsWithParent: Bool = false,
    teardown: [TeardownStep] = [.gracefulShutDown()], record: Record? = nil
  ) async throws -> Output {
    try await run(
      .path("/bin/sh"), arguments: ["-c", command, "sh"] + arguments, environment: environment,
      workingDirectory: workingDirectory, input: input, output: output, error: error,
      outputLimit: outputLimit, processGroup: processGroup, endsWithParent: endsWithParent,
      teardown: teardown, record: record)
  }

  /// Runs a program and `body` beside it, which talks to it through streams.
  ///
  /// When `body` returns, the streams are closed and the child is awaited. When it throws, the child is sent
  /// the steps of `teardown`, its process group with it if it leads one, and awaited; what it writes meanwhile is in
  /// `record`, as far as `body` has not read it, and how it has ended. `body` runs in the caller's isolation.
  ///
  /// **Cancellation.** The child is torn down as when `body` throws, also when only its end is still waited
  /// for; then the call throws `CancellationError`, or what `body` threw.
  ///
  /// - Returns: How the child has ended, and what `body` returned.
  /// - Throws: ``IOError`` when the program cannot be started; what `body` throws; `CancellationError`.
  @discardableResult
  public static func run<Value>(
    _ executable: Executable, arguments: [String] = [], environment: Environment = .inherit,
    workingDirectory: FilePath? = nil, output: OutputTarget = .pipe, error: OutputTarget = .inherit,
    processGroup: ProcessGroup = .automatic, endsWithParent: Bool = false,
    teardown: [TeardownStep] = [.gracefulShutDown()], record: Record? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Execution) async throws -> Value
  ) async throws -> (status: TerminationStatus, value: Value) {
    let configuration = Configuration(
      executable: executable, arguments: .texts(arguments), environment: environment,
      workingDirectory: workingDirectory, input: .none, hasInputPipe: true, output: output,
      error: error, processGroup: processGroup, endsWithParent: endsWithParent, teardown: teardown)
    let collector = OutputCollector(configuration, limit: lastWordsLimit)
    let (left, value) = try await execute(
      configuration, collector, record, isolation: isolation, body)
    return (left.status, value)
  }

  /// How much is kept of what a child writes while it is ended, and `body` does not read.
  private static let lastWordsLimit = 16 << 20

  private static func execute<Value>(
    _ configuration: Configuration, _ collector: OutputCollector, _ record: Record?,
    isolation: isolated (any Actor)? = #isolation, _ body: (Execution) async throws -> Value
  ) async throws -> (left: Output, value: Value) {
    let execution = try await Execution.start(configuration)
    do {
      let value = try await body(execution)
      execution.closeStreams()
      try await execution.child.waitForEnd()
      return (finish(execution, configuration, collector, record), value)
    } catch {
      // Out of reach of the cancellation that may have led here; every step has its own limit.
      let limit = configuration.teardown.reduce(Duration.seconds(60)) { $0 + $1.allowedDuration }
      try? await withCancellationShield(grace: limit) {
        try await collector.collectLastWords(of: execution, configuration.teardown)
      }
      execution.closeStreams()
      _ = finish(execution, configuration, collector, record)
      throw error
    }
  }

  /// Reaps the child, which has ended, and puts together what is left of it.
  private static func finish(
    _ execution: Execution, _ configuration: Configuration, _ collector: OutputCollector,
    _ record: Record?
  ) -> Output {
    let output = Output(
      status: execution.child.reap(),
      standardOutput: configuration.output == .pipe ? collector.output : nil,
      standardError: configuration.error == .pipe ? collector.error : nil)
    record?.set(output)
    return output
  }
}
