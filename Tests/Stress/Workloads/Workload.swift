// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Many random operations on one part of the library, with random cancellation, and what must hold
/// afterwards.
public protocol Workload: Sendable {
  /// What it is called in reports.
  static var name: String { get }
  init(seed: UInt64)
  /// One operation of one worker; a `CancellationError` or a timeout is an end like any other.
  func operate(_ worker: Int, _ random: inout SeededRandom) async throws
  /// Lets those go who still wait, once the workers have had enough.
  func release() async throws
  /// Throws a `Violation` when something was lost, doubled or held too often.
  func check() throws
}

extension Workload {
  /// Nobody waits for anything.
  public func release() async throws {}
}

/// What did not hold.
public struct Violation: Error, CustomStringConvertible {
  /// What did not hold, in words.
  public let description: String
  /// Makes the error.
  public init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ complaint: @autoclosure () -> String) throws {
  if !condition { throw Violation(complaint()) }
}

/// One run of a workload.
public struct WorkloadRun: Sendable, CustomStringConvertible {
  /// Every workload there is.
  public static let all: [any Workload.Type] = [
    LockWorkload.self, SemaphoreWorkload.self, FairnessWorkload.self, ConditionWorkload.self,
    BarrierWorkload.self, EventWorkload.self, QueueWorkload<AsyncQueue<Int>>.self,
    QueueWorkload<AsyncLIFOQueue<Int>>.self, QueueWorkload<AsyncPriorityQueue<Int>>.self,
    ScopeWorkload.self, GatherWorkload.self, TimeoutWorkload.self,
  ]

  static let workers = 12

  /// What is run.
  public let workload: any Workload.Type
  /// Where it is run.
  public let stage: Stage
  /// The seed of its random numbers.
  public let seed: UInt64
  /// How many operations all workers do together.
  public let operations: Int

  /// Plans a run.
  public init(_ workload: any Workload.Type, on stage: Stage, seed: UInt64, operations: Int) {
    self.workload = workload
    self.stage = stage
    self.seed = seed
    self.operations = operations
  }

  /// What the run is called.
  public var name: String { "\(workload.name) on \(stage)" }
  /// The name.
  public var description: String { name }

  /// Runs it; throws a `Violation` that names the run and the seed.
  ///
  /// A run that makes no progress for a minute ends the process with a message: nothing may wait for
  /// ever.
  public func perform() async throws {
    let patience = Patience("\(name) with seed \(seed)")
    defer { patience.end() }
    let tokens = TokenCount()
    do {
      try await perform(workload.init(seed: seed), tokens, patience)
      // The last reference may still be on its way out on another thread.
      for _ in 0..<1000 where tokens.alive > 0 { try await sleep(for: .milliseconds(1)) }
      try require(tokens.alive == 0, "\(tokens.alive) closures were never released")
    } catch {
      throw Violation("\(name) with seed \(seed): \(error)")
    }
  }

  private func perform(
    _ workload: any Workload, _ tokens: TokenCount, _ patience: Patience
  ) async throws {
    let share = max(1, operations / Self.workers)
    try await stage.run(workers: Self.workers) { worker in
      var random = SeededRandom(seed: seed, stream: worker)
      for _ in 0..<share {
        try await operateAndPerhapsCancel(workload, worker, &random, tokens)
        patience.note()
      }
    }
    try await workload.release()
    try workload.check()
  }

  /// One operation in a task of its own, which is cancelled at a random moment in two of five cases.
  private func operateAndPerhapsCancel(
    _ workload: any Workload, _ worker: Int, _ random: inout SeededRandom, _ tokens: TokenCount
  ) async throws {
    let token = tokens.make()
    let start = random.next()
    let task = createTask {
      var random = SeededRandom(seed: start)
      defer { withExtendedLifetime(token) {} }
      try await workload.operate(worker, &random)
    }
    if random.chance(40) {
      for _ in 0..<Int.random(in: 0..<4, using: &random) { await Task.yield() }
      task.cancel()
    }
    do { try await task.value } catch is CancellationError {} catch is TimeoutError {}
  }
}
