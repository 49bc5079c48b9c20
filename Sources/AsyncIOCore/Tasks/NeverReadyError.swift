// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A child started with ``TaskScope/start(name:file:line:_:)`` returned without saying that it was
/// ready.
public struct NeverReadyError: Error, Hashable, CustomStringConvertible {
  /// What happened.
  public var description: String { "the child ended before it was ready" }
}
