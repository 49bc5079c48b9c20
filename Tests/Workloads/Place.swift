// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// Where the tasks of a round run.
public enum Place: Sendable, CustomStringConvertible {
  /// On the runtime's own executor, with all its threads and no loop.
  case defaultExecutor
  /// On several loops at once, each on a thread of its own.
  case loops(LoopPool)

  /// The name of the place.
  public var description: String {
    switch self {
    case .defaultExecutor: "the default executor"
    case .loops: "several loops"
    }
  }

  /// The loops of the place.
  public var loops: [EventLoop] {
    switch self {
    case .defaultExecutor: []
    case .loops(let pool): pool.loops
    }
  }

  /// Starts a lane.
  func start(_ index: Int, _ work: @escaping @Sendable () async -> Void) throws {
    switch self {
    case .defaultExecutor: Task.detached(operation: work)
    case .loops(let pool): try pool.loop(index)?.submit(work)
    }
  }

  /// Starts a task in one of the ways there are to start one.
  func spawn<Value: Sendable>(
    _ way: Int, _ work: @escaping @Sendable () async throws -> Value
  ) -> Task<Value, any Error> {
    switch self {
    case .defaultExecutor:
      switch way % 3 {
      case 0: return Task.detached(operation: work)
      case 1: return Task(operation: work)
      default: return createTask(work)
      }
    case .loops(let pool):
      switch way % 8 {
      case 0...4: return createTask(work)
      case 5: return Task.detached(operation: work)
      default: return Task(executorPreference: pool.loop(way), operation: work)
      }
    }
  }
}
