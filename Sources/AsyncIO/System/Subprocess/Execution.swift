// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension Subprocess {
  /// A child that runs: its streams, and what can be done to it.
  ///
  /// From any task and thread.
  public final class Execution: Sendable, CustomStringConvertible {
    /// The number of the process.
    public var processIdentifier: Int32 { child.process }

    /// What the child reads; `finishWriting` gives it the end of its input.
    public let standardInput: FileStream
    /// What the child writes to its standard output; at its end at once when that goes elsewhere.
    public let standardOutput: FileStream
    /// What the child writes to its error output; at its end at once when that goes elsewhere.
    public let standardError: FileStream

    let child: ChildProcess
    private let program: String

    private init(
      _ child: ChildProcess, _ program: String, _ input: FileStream, _ output: FileStream,
      _ error: FileStream
    ) {
      self.child = child
      self.program = program
      standardInput = input
      standardOutput = output
      standardError = error
    }

    /// Waits for the end of the child.
    ///
    /// Any number of tasks may, also after `run` has returned or thrown: an execution that `body` has kept still says how
    /// the child has ended.
    ///
    /// **Cancellation.** Throws `CancellationError`; the child is not told.
    ///
    /// - Throws: `CancellationError`; ``IOError`` when the status is unknown.
    @discardableResult
    public func wait() async throws -> TerminationStatus {
      try await child.waitForEnd()
      return child.status
    }

    /// Sends a signal to the child, or to its whole process group if it leads one.
    ///
    /// - Throws: ``IOError`` with ESRCH when the child has ended: no other process is ever meant.
    public func send(signal: UnixSignal, toProcessGroup: Bool = false) throws {
      try child.send(signal.number, toGroup: toProcessGroup)
    }

    /// Sends SIGTERM, the request to end.
    ///
    /// - Throws: ``IOError`` with ESRCH when the child has ended.
    public func terminate() throws { try send(signal: .terminate) }

    /// Sends SIGKILL to the child, or to its whole process group if it leads one.
    ///
    /// - Throws: ``IOError`` with ESRCH when the child has ended.
    public func kill(processGroup: Bool = false) throws {
      try child.send(SignalNumbers.kill, toGroup: processGroup)
    }

    /// Starts a child; nothing is left when that fails.
    static func start(_ configuration: Configuration) async throws -> Execution {
      let subject = configuration.executable.description
      // Before anything is opened or started.
      let request = try SpawnRequest(configuration)
      do {
        let pipes = try ChildPipes(configuration)
        defer { pipes.closeChildEnds() }
        let input = try FileStream(owning: pipes.takeInput(), "the input of \(subject)")
        let output = try FileStream(owning: pipes.takeOutput(), "the output of \(subject)")
        let error = try FileStream(owning: pipes.takeError(), "the error output of \(subject)")
        let child = try await ChildProcess.spawn(request, pipes.childDescriptors)
        return Execution(child, subject, input, output, error)
      } catch let error as SystemError {
        throw IOError("run", subject, error)
      }
    }

    /// For example `process 4711 (sort), running`.
    public var description: String {
      "process \(processIdentifier) (\(program)), "
        + (child.isRunning ? "running" : child.status.description)
    }

    func closeStreams() {
      for stream in [standardInput, standardOutput, standardError] { stream.abort() }
    }
  }
}
