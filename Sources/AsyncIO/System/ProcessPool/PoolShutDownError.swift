// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The pool takes no more calls.
public struct PoolShutDownError: Error, Hashable, CustomStringConvertible {
  init() {}

  /// What happened.
  public var description: String { "the process pool was shut down" }
}
