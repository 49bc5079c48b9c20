// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The barrier was reset or aborted while, or before, the task waited at it.
public struct BrokenBarrierError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// What happened.
  public var description: String { "the barrier was broken" }
}
