// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

/// Other programs, run as child processes.
///
/// ```swift
/// let log = try await Subprocess.run(.name("git"), arguments: ["log", "-1"])
/// print(log.status, log.outputText)
///
/// let words = try await Subprocess.shell("sort | uniq -c", input: .text(text))
///
/// try await Subprocess.run(.name("cat")) { child in
///   try await child.standardInput.write("hello\n")
///   print(try await child.standardOutput.readLine())
/// }
/// ```
///
/// The words are those of the package swift-subprocess. A child has the
/// three standard descriptors and no others, and every signal as it is by default. It is started beside the
/// loop, and its end is reported by the kernel on a descriptor (pidfd_open(2)), so other children of the
/// process are none of this type's business. Whether it leads a process group of its own is said by ``ProcessGroup``.
///
/// Arguments and variables reach the child as they are, byte for byte; one with a NUL byte in it is refused with
/// ``NULByteError`` before anything is started.
///
/// Nothing is left of a child when `run` returns or throws: it has been reaped, and the pipes are closed. When a
/// ``LoopProgram`` is ended at once (by a second Ctrl-C, or because its tasks do not end), its children are killed.
public enum Subprocess {
  /// Which program to run.
  public struct Executable: Sendable, Hashable, CustomStringConvertible {
    private enum Program: Sendable, Hashable {
      case name(String)
      case path(FilePath)
      case pathText(String)
    }

    private let program: Program

    /// A program that is looked for in the directories of the child's PATH, the one in its `environment`.
    public static func name(_ name: String) -> Executable { Executable(program: .name(name)) }
    /// A program at a path; a relative one begins in the child's working directory.
    public static func path(_ path: FilePath) -> Executable { Executable(program: .path(path)) }
    /// A program at a path.
    public static func path(_ path: String) -> Executable { Executable(program: .pathText(path)) }

    /// The name or the path.
    public var description: String {
      switch program {
      case .name(let name): name
      case .path(let path): path.string
      case .pathText(let path): path
      }
    }

    func cString() throws(NULByteError) -> CString {
      switch program {
      case .name(let name): return try CString(name, as: "the program")
      case .path(let path): return Self.cString(of: path)
      case .pathText(let text): return Self.cString(of: try FilePath(checking: text))
      }
    }

    private static func cString(of path: FilePath) -> CString {
      let text = CString(path)
      // A name without a slash would be looked for in PATH.
      return text.bytes.contains(UInt8(ascii: "/"))
        ? text : CString(path: Array("./".utf8) + path.bytes)
    }
  }

  /// Which process group a child belongs to, setpgid(2): the one that the terminal's Ctrl-C, Ctrl-Z and reads are for, and what is
  /// ended together with the child.
  public enum ProcessGroup: Sendable, Hashable {
    /// `inherited` if a standard stream of the child is a terminal, else `separate`.
    ///
    /// A group that is not in the foreground may not read from its terminal: its processes are stopped.
    case automatic
    /// One of its own, which the child leads: what it starts in the background is ended with it.
    case separate
    /// That of this process: Ctrl-C reaches the child as well. Only the child itself is ended.
    case inherited
  }

  /// What the child's variables are.
  public struct Environment: Sendable, Hashable {
    let inheritsOwn: Bool
    let changes: [String: String?]

    /// The variables of this process.
    public static let inherit = Environment(inheritsOwn: true, changes: [:])
    /// The variables that are given, and no others.
    public static func custom(_ variables: [String: String]) -> Environment {
      Environment(inheritsOwn: false, changes: variables)
    }
    /// These as well, or instead; nil takes one out.
    public func updating(_ changes: [String: String?]) -> Environment {
      Environment(inheritsOwn: inheritsOwn, changes: self.changes.merging(changes) { $1 })
    }
  }

  /// What the child reads from its standard input.
  public enum Input: Sendable {
    /// Nothing: the null device.
    case none
    /// What this process would read.
    case inherit
    /// These bytes, and then the end.
    case bytes([UInt8])
    /// This text in UTF-8, and then the end.
    case text(String)
  }

  /// Where the child's standard output, or error output, goes.
  public enum OutputTarget: Sendable, Hashable {
    /// To the caller: collected, or as a stream.
    case pipe
    /// Nowhere: the null device.
    case discard
    /// Where that of this process goes.
    case inherit
    /// Where the child's standard output goes; only for its error output.
    case standardOutput
  }

  /// How a child has ended.
  public enum TerminationStatus: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with an exit status.
    case exited(Int32)
    /// By a signal.
    case signaled(Int32)
    /// Other code in this process has taken the status.
    case unknown

    init(_ ending: Spawning.Ending) {
      switch ending {
      case .exited(let status): self = .exited(status)
      case .signaled(let number): self = .signaled(number)
      case .unknown: self = .unknown
      }
    }

    /// Whether it exited with status 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// For example `exited(1)` or `signaled(SIGKILL)`.
    public var description: String {
      switch self {
      case .exited(let status): "exited(\(status))"
      case .signaled(let number): "signaled(\(SignalNumbers.name(number)))"
      case .unknown: "unknown"
      }
    }
  }

  /// A step on the way to the end of a child that is not wanted any more.
  ///
  /// A child that was stopped is continued, SIGCONT, so that it can do what it is asked to. After the last step comes
  /// SIGKILL, for the whole process group if the child leads one.
  public struct TeardownStep: Sendable, Hashable {
    let signal: Int32
    let allowedDuration: Duration

    /// Sends a signal to the child, or to its process group if it leads one, and waits for the end, so long at the most.
    public static func send(
      signal: UnixSignal, allowedDurationToNextStep duration: Duration
    ) -> TeardownStep {
      TeardownStep(signal: signal.number, allowedDuration: duration)
    }

    /// SIGTERM.
    public static func gracefulShutDown(
      allowedDurationToNextStep duration: Duration = .seconds(5)
    ) -> TeardownStep {
      .send(signal: .terminate, allowedDurationToNextStep: duration)
    }
  }

  /// What a child left behind.
  public struct Output: Sendable {
    /// How it has ended.
    public let status: TerminationStatus
    /// What it wrote to its standard output; nil when that went elsewhere.
    public let standardOutput: [UInt8]?
    /// What it wrote to its error output; nil when that went elsewhere.
    public let standardError: [UInt8]?

    /// Its standard output as text; bytes that are no UTF-8 are replaced.
    public var outputText: String { String(decoding: standardOutput ?? [], as: UTF8.self) }
    /// Its error output as text.
    public var errorText: String { String(decoding: standardError ?? [], as: UTF8.self) }
  }

  /// Keeps what a child has left behind, for when the call does not return it: it was cancelled, its time was up, or
  /// there was too much output.
  ///
  /// ```swift
  /// let record = Subprocess.Record()
  /// do {
  ///   try await withTimeout(.seconds(5)) { _ = try await Subprocess.run(.name("make"), record: record) }
  /// } catch is TimeoutError {
  ///   print("make was ended:", record.output?.status ?? .unknown, record.output?.errorText ?? "")
  /// }
  /// ```
  ///
  /// From any thread.
  public final class Record: Sendable {
    private let value = Guarded<Output?>(nil)

    /// Makes an empty record.
    public init() {}

    /// How the child has ended and what it wrote, also while it was being ended; nil if none was started, or the call
    /// has not ended.
    ///
    /// Of a child that `body` talked to, the output is what `body` has not read.
    public var output: Output? { value.withLock { $0 } }

    func set(_ output: Output) { value.withLock { $0 = output } }
  }

  /// What a child is given as arguments.
  enum Arguments: Sendable {
    case texts([String])
    /// The arguments of this process.
    case own
  }

  /// The settings of a child.
  struct Configuration: Sendable {
    var executable: Executable
    var arguments: Arguments
    var environment: Environment
    var workingDirectory: FilePath?
    var input: Input
    var hasInputPipe = false
    var output: OutputTarget
    var error: OutputTarget
    var processGroup = ProcessGroup.separate
    var endsWithParent = false
    var teardown: [TeardownStep]

    /// Whether the child leads a process group of its own.
    var leadsGroup: Bool {
      switch processGroup {
      case .separate: true
      case .inherited: false
      case .automatic: !usesTerminal
      }
    }

    private var usesTerminal: Bool {
      var inherited: [Int32] = []
      if case .inherit = input { inherited.append(0) }
      if output == .inherit { inherited.append(1) }
      if error == .inherit || error == .standardOutput && output == .inherit { inherited.append(2) }
      return inherited.contains(where: Spawning.isTerminal)
    }
  }
}
