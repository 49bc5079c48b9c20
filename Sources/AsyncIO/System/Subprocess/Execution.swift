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
    @discardableResult
    public func wait() async throws -> TerminationStatus {
      try await child.waitForEnd()
      return child.status
    }

    /// Sends a signal to the child, or to its whole process group if it leads one.
    ///
    /// Throws ``IOError`` with ESRCH when the child has ended: no other process is ever meant.
    public func send(signal: UnixSignal, toProcessGroup: Bool = false) throws {
      try child.send(signal.number, toGroup: toProcessGroup)
    }

    /// Sends SIGTERM, the request to end.
    public func terminate() throws { try send(signal: .terminate) }

    /// Sends SIGKILL to the child, or to its whole process group if it leads one.
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

    func closeStreams() async {
      for stream in [standardInput, standardOutput, standardError] { stream.abort() }
    }
  }
}

/// The descriptors between a child and its parent.
///
/// Unchecked: belongs to the task that starts the child.
final class ChildPipes: @unchecked Sendable {
  /// What becomes descriptors 0, 1 and 2 of the child; -1 is the null device.
  private(set) var childDescriptors: [Int32] = [-1, -1, -1]
  private var ours: [Int32] = [-1, -1, -1]
  private var owned: [Int32] = []

  init(_ configuration: Subprocess.Configuration) throws {
    do {
      try connectInput(configuration)
      try connect(1, configuration.output)
      try connect(2, configuration.error)
    } catch {
      closeAll()
      throw error
    }
  }

  private func connectInput(_ configuration: Subprocess.Configuration) throws {
    switch configuration.input {
    case .inherit: childDescriptors[0] = 0
    case .none where !configuration.hasInputPipe: return
    case .none, .bytes, .text:
      let pipe = try Syscalls.makePipe(blockingRead: true)
      (childDescriptors[0], ours[0]) = (pipe.read, pipe.write)
      owned.append(pipe.read)
    }
  }

  private func connect(_ index: Int, _ target: Subprocess.OutputTarget) throws {
    switch target {
    case .discard: return
    case .inherit: childDescriptors[index] = Int32(index)
    case .standardOutput:
      require(index == 2, "Subprocess: only the error output can go to the standard output")
      childDescriptors[2] = childDescriptors[1]
    case .pipe:
      let pipe = try Syscalls.makePipe(blockingWrite: true)
      (childDescriptors[index], ours[index]) = (pipe.write, pipe.read)
      owned.append(pipe.write)
    }
  }

  func takeInput() throws -> Int32 { try take(0) }
  func takeOutput() throws -> Int32 { try take(1) }
  func takeError() throws -> Int32 { try take(2) }

  /// Our end; a stream without a pipe is on the null device.
  private func take(_ index: Int) throws -> Int32 {
    defer { ours[index] = -1 }
    return ours[index] >= 0 ? ours[index] : try Syscalls.openNull()
  }

  func closeChildEnds() {
    for descriptor in owned { Syscalls.closeDescriptor(descriptor) }
    owned = []
    // Ours are taken, unless making the streams has failed.
    for descriptor in ours where descriptor >= 0 { Syscalls.closeDescriptor(descriptor) }
    ours = [-1, -1, -1]
  }

  private func closeAll() { closeChildEnds() }
}
