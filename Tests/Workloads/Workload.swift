// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Many random operations on one part of the library, and what must hold all the while.
public protocol Workload: Sendable {
  /// What it is called in messages and on the command line.
  var name: String { get }

  /// Runs the operations of a round.
  ///
  /// Throws ``Violation`` when an invariant does not hold.
  func run(_ round: Round) async throws
}

/// The workloads there are.
public enum Catalogue {
  /// All of them.
  public static let all: [any Workload] = [
    LockWorkload(), SemaphoreWorkload(), ConditionWorkload(), BarrierWorkload(), EventWorkload(),
    QueueWorkload(.fifo), QueueWorkload(.priority), QueueWorkload(.lifo),
    TaskScopeWorkload(), GatherWorkload(), TimeoutWorkload(), RunWorkload(),
  ]

  /// The one with this name.
  public static func workload(named name: String) -> (any Workload)? {
    all.first { $0.name == name }
  }
}
