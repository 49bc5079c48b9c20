// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Trees of task scopes whose children return, fail, sleep and start more, and which are cancelled
/// from inside and outside.
///
/// No child outlives its scope; no more run than the limit says; each failure is thrown once, and
/// none is lost.
public struct TaskScopeWorkload: Workload {
  /// What it is called.
  public let name = "task-scope"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    let lanes = 6
    try await round.lanes(lanes) { lane in
      var budget = lane.share(of: lanes)
      while budget > 0 {
        let plan = Plan(&lane.random, depth: 2)
        budget -= plan.size
        _ = try await lane.attempt { try await plan.run(round) }
        round.progress.add(plan.size)
      }
    }
  }
}

/// One scope: its settings and its children.
private struct Plan: Sendable {
  struct Child: Sendable {
    let behaviour: Behaviour
    let nested: Plan?
  }

  let policy: TaskScope.FailurePolicy
  let limit: Int?
  let children: [Child]
  let bodyFails: Bool
  let bodyCancels: Bool
  /// Which child's value the body waits for.
  let awaited: Int?
  let size: Int

  init(_ random: inout SeededGenerator, depth: Int) {
    policy = random.chance(30) ? .keepGoing : .cancelAll
    limit = random.chance(30) ? 1 + random.below(3) : nil
    bodyFails = random.chance(15)
    bodyCancels = random.chance(15)
    let count = random.below(6)
    awaited = random.chance(30) && count > 0 && !bodyFails ? random.below(count) : nil
    // A child that fails does not count: with a limit it may stand in line behind those that sleep.
    let isDoomed = awaited == nil && (bodyCancels || bodyFails && policy == .cancelAll)
    var size = 1
    children = (0..<count).map { _ in
      let nested = depth > 0 && random.chance(15) ? Plan(&random, depth: depth - 1) : nil
      size += nested?.size ?? 1
      return Child(
        behaviour: random.chance(10)
          ? .fails(after: random.below(3)) : .random(&random, isDoomed: isDoomed),
        nested: nested)
    }
    self.size = size
  }

  /// Throws `Failure` when the scope fails, and `CancellationError` when it was cancelled.
  func run(_ round: Round) async throws {
    let work = Children(round, limit: limit)
    let result = await outcome(round, work)
    try work.checkEnd("task scope")
    let expected = work.failures.withLock { $0 }
    switch result {
    case .success, .failure(is CancellationError):
      try round.check(expected.isEmpty, "the failures \(expected) of a scope were lost")
      _ = try result.get()
    case .failure(let group as ErrorGroup):
      // What the body gets for children that were not started is the body's own affair.
      let failures = group.errors.compactMap { $0 as? Failure }.map(\.number)
      for error in group.errors where !(error is Failure || error is TaskScopeClosedError) {
        throw error
      }
      try round.check(
        Set(failures) == expected && failures.count == expected.count,
        "the failures \(expected) of a scope were thrown as \(failures)")
    case .failure(let error):
      throw error
    }
  }

  private func outcome(_ round: Round, _ work: Children) async -> Result<Void, any Error> {
    do {
      try await withTaskScope(onFailure: policy, limit: limit) { scope in
        try await body(scope, round, work)
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func body(_ scope: TaskScope, _ round: Round, _ work: Children) async throws {
    var started: [ChildTask<Int>] = []
    for (number, child) in children.enumerated() {
      let token = round.tokens.token()
      started.append(
        scope.spawn {
          defer { withExtendedLifetime(token) {} }
          return try await work.run(number, child.behaviour) {
            guard let nested = child.nested else { return }
            try await nested.run(round)
          }
        })
    }
    if let awaited {
      // A failure that is passed on counts once.
      let value = try await started[awaited].value
      try round.check(value == awaited, "child \(awaited) returned \(value)")
    }
    if bodyCancels { scope.cancel() }
    if bodyFails { throw work.noteFailure(-1) }
  }
}
