// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// An invariant that did not hold.
public struct Violation: Error, Hashable, CustomStringConvertible {
  /// The name of the workload.
  public let workload: String
  /// Where it ran.
  public let place: String
  /// The seed of its random choices.
  public let seed: UInt64
  /// What did not hold.
  public let what: String

  /// For example `workload lock on loops, seed 17: two tasks held the lock at once`.
  public var description: String { "workload \(workload) on \(place), seed \(seed): \(what)" }
}
