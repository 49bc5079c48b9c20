// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO
internal import Foundation

/// Event loops that run at the same time, each on a thread of its own.
public final class LoopPool: Sendable {
  private let members: Locked<[EventLoop]>
  private let stop: AsyncEvent
  private let ends: [Delivery<Void>]

  private init(_ members: [EventLoop], _ stop: AsyncEvent, _ ends: [Delivery<Void>]) {
    self.members = Locked(members)
    self.stop = stop
    self.ends = ends
  }

  /// Starts so many loops.
  public static func start(_ count: Int) async throws -> LoopPool {
    let stop = AsyncEvent()
    var (starts, ends): ([Delivery<EventLoop>], [Delivery<Void>]) = ([], [])
    for index in 0..<count {
      let (start, end) = (Delivery<EventLoop>(), Delivery<Void>())
      starts.append(start)
      ends.append(end)
      Thread.detachNewThread {
        let result = Result { try runLoop("stress-\(index)", start, until: stop) }
        if case .failure(let error) = result { start.leave(.failure(error)) }
        end.leave(result)
      }
    }
    var loops: [EventLoop] = []
    for start in starts { loops.append(try await start.value()) }
    return LoopPool(loops, stop, ends)
  }

  private static func runLoop(
    _ name: String, _ start: Delivery<EventLoop>, until stop: AsyncEvent
  ) throws {
    try EventLoop.run(.init(name: name, mode: .scoped, slowStepThreshold: .zero)) {
      guard let loop = EventLoop.current else { throw NoLoop() }
      // Work comes from other threads, which the loop knows nothing of.
      let hold = loop.hold()
      defer { hold.release() }
      start.leave(.success(loop))
      try await stop.wait()
    }
  }

  private struct NoLoop: Error {}

  /// The loops; none once the pool is closed.
  public var loops: [EventLoop] { members.withLock { $0 } }

  /// The tasks of all loops that have not ended; each loop has one that waits for the end.
  public var liveTasks: Int { loops.reduce(0) { $0 + $1.metrics.tasks } }

  func loop(_ index: Int) -> EventLoop? {
    members.withLock { $0.isEmpty ? nil : $0[index % $0.count] }
  }

  /// Ends the loops, and waits for them.
  public func close() async throws {
    stop.set()
    for end in ends { try await end.value() }
    members.withLock { $0.removeAll() }
  }
}
