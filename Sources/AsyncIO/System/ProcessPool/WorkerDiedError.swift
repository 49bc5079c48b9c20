// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
