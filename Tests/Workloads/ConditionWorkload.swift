// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Producers and consumers of a bounded store that is guarded by one lock with two conditions, and
/// wake one waiter at a time.
///
/// A notification that is lost shows as a hang: a cancelled waiter has to pass its on. No item is
/// lost or taken twice; those of one producer are taken in order; the line is in order.
public struct ConditionWorkload: Workload {
  /// What it is called.
  public let name = "condition"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    let store = Store()
    let producers = 4
    let working = Counter(producers)
    try await round.lanes(8) { lane in
      if lane.index < producers {
        for number in 0..<lane.share(of: 2 * producers) {
          let item = Item(producer: lane.index, number: number)
          _ = try await lane.attempt { try await store.put(item) }
        }
        if working.add(-1) == 0 { try await store.finish() }
      } else {
        while true {
          guard let taken = try await lane.attempt({ try await store.take() }) else { continue }
          guard taken else { break }
        }
      }
    }
    try store.check(round)
    try await lines(round)
  }

  private func lines(_ round: Round) async throws {
    try await round.lanes(2) { lane in
      for _ in 0..<max(1, round.operations / 2_000) {
        let condition = AsyncCondition()
        let served = Counter()
        try await lane.line("condition", 12, waiting: { condition.waiting }) {
          try await condition.withLock {
            try await condition.wait()
            return served.add(1)
          }
        } serve: { count in
          for number in 1...max(1, count) where count > 0 {
            try await condition.withLock { condition.notify(1) }
            await lane.until { served.value == number }
          }
        }
        try round.check(!condition.lock.isLocked, "condition: the lock is held in the end")
      }
    }
  }

  private struct Item {
    let producer: Int
    let number: Int
  }

  /// Unchecked: all that changes belongs to who holds the lock; ThreadSanitizer sees it if not.
  private final class Store: @unchecked Sendable {
    private let lock = AsyncLock()
    private let hasItems: AsyncCondition
    private let hasRoom: AsyncCondition
    private var items: [Item] = []
    private var put: [Item] = []
    private var taken: [Item] = []
    private var isFinished = false

    init() {
      hasItems = AsyncCondition(lock: lock)
      hasRoom = AsyncCondition(lock: lock)
    }

    func put(_ item: Item) async throws {
      try await lock.withLock {
        try await hasRoom.wait(until: { items.count < 4 })
        items.append(item)
        put.append(item)
        hasItems.notify()
      }
    }

    /// False when there will be no more.
    func take() async throws -> Bool {
      try await lock.withLock {
        try await hasItems.wait(until: { !items.isEmpty || isFinished })
        if items.isEmpty { return false }
        taken.append(items.removeFirst())
        hasRoom.notify()
        return true
      }
    }

    func finish() async throws {
      try await lock.withLock {
        isFinished = true
        hasItems.notifyAll()
      }
    }

    /// Once all have ended.
    func check(_ round: Round) throws {
      try round.check(!lock.isLocked, "condition: the lock is held in the end, by nobody")
      try round.check(
        hasItems.waiting == 0 && hasRoom.waiting == 0, "tasks wait for a condition in the end")
      try round.check(
        put.count == taken.count && items.isEmpty,
        "\(put.count) items were put, \(taken.count) taken, \(items.count) are left")
      var next: [Int: Int] = [:]
      for item in taken {
        try round.check(
          item.number >= next[item.producer, default: 0],
          "item \(item.number) of producer \(item.producer) was taken too late, or twice")
        next[item.producer] = item.number + 1
      }
    }
  }
}
