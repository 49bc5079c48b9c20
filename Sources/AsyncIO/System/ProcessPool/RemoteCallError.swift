// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
