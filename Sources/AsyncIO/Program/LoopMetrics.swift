// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a loop has done so far.
///
/// Counters only grow; the gauges show the present.
public struct LoopMetrics: Sendable, Hashable {
  /// Jobs, callbacks and timers run.
  public let steps: UInt64
  /// Rounds of the loop: batches of steps.
  public let turns: UInt64
  /// Looks at the operating system.
  public let polls: UInt64
  /// Times the loop woke from a sleep.
  public let wakeups: UInt64
  /// Steps reported as too slow.
  public let slowSteps: UInt64
  /// Tasks that have not ended.
  public let tasks: Int
  /// Threads of the blocking pool, idle ones included.
  public let blockingThreads: Int
  /// Calls that run in the blocking pool.
  public let blockingCalls: Int
  /// Calls that wait for a thread of the blocking pool.
  public let blockingWaiting: Int
}

extension EventLoop {
  /// What the loop has done so far, and its present state.
  ///
  /// Cheap: counters that are kept anyway.
  public var metrics: LoopMetrics {
    let pool = blockingPool.statistics
    return LoopMetrics(
      steps: monitor.currentStep, turns: counters.turns.load(), polls: counters.polls.load(),
      wakeups: counters.wakeups.load(), slowSteps: counters.slowSteps.load(),
      tasks: registry.withLock { $0.count }, blockingThreads: pool.threads,
      blockingCalls: pool.running, blockingWaiting: pool.waiting)
  }
}
