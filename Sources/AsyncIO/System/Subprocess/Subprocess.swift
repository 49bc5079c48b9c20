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
/// The words are those of the package swift-subprocess. A child leads a process group of its own; it has the
/// three standard descriptors and no others, and every signal as it is by default. It is started beside the
/// loop, and its end is reported by the kernel on a descriptor (pidfd_open(2)), so other children of the
/// process are none of this type's business.
///
/// Nothing is left of a child when `run` returns or throws: it has been reaped, and the pipes are closed.
public enum Subprocess {
  /// Which program to run.
  public struct Executable: Sendable, Hashable, CustomStringConvertible {
    let program: String

    /// A program that is looked for in the directories of PATH.
    public static func name(_ name: String) -> Executable { Executable(program: name) }
    /// A program at a path.
    public static func path(_ path: FilePath) -> Executable { .path(path.string) }
    /// A program at a path.
    public static func path(_ path: String) -> Executable {
      // A name without a slash would be looked for in PATH.
      Executable(program: path.contains("/") ? path : "./\(path)")
    }

    /// The name or the path.
    public var description: String { program }
  }

  /// What the child's variables are.
  public struct Environment: Sendable, Hashable {
    let inheritsOwn: Bool
    let changes: [String: String?]

    /// Those of this process.
    public static let inherit = Environment(inheritsOwn: true, changes: [:])
    /// Exactly these.
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
    /// Somebody else in this process has taken the status.
    case unknown

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
  /// After the last step comes SIGKILL, for the whole process group.
  public struct TeardownStep: Sendable, Hashable {
    let signal: Int32
    let allowedDuration: Duration

    /// Sends a signal to the process group and waits for the end, so long at the most.
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

  /// The settings of a child.
  struct Configuration: Sendable {
    var executable: Executable
    var arguments: [String]
    var environment: Environment
    var workingDirectory: FilePath?
    var input: Input
    var hasInputPipe = false
    var output: OutputTarget
    var error: OutputTarget
    var teardown: [TeardownStep]
  }
}
