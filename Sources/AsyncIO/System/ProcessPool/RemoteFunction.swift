// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A function that another process can run: what a ``ProcessPool`` is given.
///
/// ```swift
/// struct Fibonacci: RemoteFunction {
///   static func call(_ n: Int) throws -> Int { n < 2 ? n : try call(n - 1) + call(n - 2) }
/// }
/// ```
///
/// A type, since a closure cannot leave its process: what it needs comes with its input, and nothing it
/// changes is seen outside but its output. The type must not be generic over a local type.
public protocol RemoteFunction: SendableMetatype {
  /// What it is given.
  associatedtype Input: Codable & Sendable
  /// What it gives.
  associatedtype Output: Codable & Sendable

  /// Computes the output; blocks its process as long as it likes.
  static func call(_ input: Input) throws -> Output
}

/// A worker process ended while it ran a call.
public struct WorkerDiedError: Error, Hashable, CustomStringConvertible {
  /// The function that it ran.
  public let function: String
  /// How it ended.
  public let status: Subprocess.TerminationStatus

  /// For example `the worker process died while it ran Fibonacci: signaled(SIGKILL)`.
  public var description: String {
    "the worker process died while it ran \(function): \(status)"
  }
}

/// The error of a function that ran in another process: what it says, since errors themselves stay there.
public struct RemoteCallError: Error, Hashable, CustomStringConvertible {
  /// The function.
  public let function: String
  /// The type of the error.
  public let errorType: String
  /// What the error says.
  public let message: String

  /// For example `Parse failed in a worker process: line 3 is empty`.
  public var description: String { "\(function) failed in a worker process: \(message)" }
}

/// The pool takes no more calls.
public struct PoolShutDownError: Error, Hashable, CustomStringConvertible {
  init() {}

  /// What happened.
  public var description: String { "the process pool was shut down" }
}
