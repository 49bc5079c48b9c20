// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Thrown from ``LoopProgram/run()`` to end the program with a status, without a message.
public struct ExitStatus: Error, Hashable {
  /// The exit status, 0...255.
  public let code: Int32

  /// Makes an exit with this status.
  public init(_ code: Int32) { self.code = code }
}
