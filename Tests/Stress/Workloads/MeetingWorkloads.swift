// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Each operation is a meeting of its own, of which some parties are cancelled and replaced.
struct BarrierWorkload: Workload {
  static let name = "barrier"
  private let met = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    let parties = Int.random(in: 2...4, using: &random)
    let (barrier, positions) = (AsyncBarrier(parties: parties), AsyncQueue<Int>())
    let tasks = (0..<parties).map { _ in
      // Not `put`: who passed the barrier has met, whatever happens to it afterwards.
      createTask { _ = positions.tryPut(try await barrier.arriveAndWait()) }
    }
    let cancelled = random.chance(40) ? tasks.randomElement(using: &random) : nil
    cancelled?.cancel()
    var missing = 0
    for task in tasks where task == cancelled {
      do { try await task.value } catch is CancellationError { missing += 1 }
    }
    // A replacement for who has left.
    for _ in 0..<missing {
      try await withCancellationShield(grace: .seconds(3600)) {
        _ = positions.tryPut(try await barrier.arriveAndWait())
      }
    }
    for task in tasks where task != cancelled { try await task.value }
    var seen: [Int] = []
    while let position = positions.tryGet() { seen.append(position) }
    try require(seen.sorted() == Array(0..<parties), "positions \(seen) of \(parties)")
    try require(barrier.waiting == 0, "\(barrier.waiting) wait in the end")
    met.add()
  }

  func check() throws { try require(met.value > 0, "no meeting took place") }
}

struct EventWorkload: Workload {
  static let name = "event"
  private let event = AsyncEvent()
  private let woken = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    // Some of each on every loop.
    if worker % 4 == 0 {
      event.set()
      await Task.yield()
      if random.chance(50) { event.clear() }
    } else {
      try await withTimeout(.milliseconds(5)) { try await event.wait() }
      woken.add()
    }
  }

  func release() async throws {
    event.set()
    try await event.wait()
    woken.add()
  }

  func check() throws {
    try require(event.waiting == 0, "\(event.waiting) wait in the end")
    try require(woken.value > 0, "nobody was woken")
  }
}

/// What the workload needs of a queue.
protocol AnyQueue: Sendable {
  static var kind: String { get }
  init(maxSize: Int)
  func put(_ item: sending Int) async throws
  func get() async throws -> sending Int
  func tryPut(_ item: sending Int) -> Bool
  func tryGet() -> sending Int?
  func taskDone()
  func join() async throws
  var statistics: QueueStatistics { get }
}

extension OrderedQueue: AnyQueue where Buffer.Element == Int {
  static var kind: String { Buffer.queueName }
}

struct QueueWorkload<Queue: AnyQueue>: Workload {
  static var name: String { Queue.kind }
  private let queue = Queue(maxSize: 4)
  private let next = Counter()
  private let put = Counter()
  private let putSum = Counter()
  private let got = Counter()
  private let gotSum = Counter()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    if worker % 2 == 0 {
      let item = next.add()
      if random.chance(20) {
        guard queue.tryPut(item) else { return }
      } else {
        try await withTimeout(.milliseconds(10)) { try await queue.put(item) }
      }
      put.add()
      putSum.add(item)
    } else {
      if random.chance(20) {
        guard let item = queue.tryGet() else { return }
        note(item)
      } else {
        try await withTimeout(.milliseconds(10)) { note(try await queue.get()) }
      }
    }
  }

  private func note(_ item: Int) {
    got.add()
    gotSum.add(item)
    queue.taskDone()
  }

  func release() async throws {
    while let item = queue.tryGet() { note(item) }
    try await queue.join()
  }

  func check() throws {
    try require(put.value == got.value, "\(put.value) items were put, \(got.value) were got")
    try require(putSum.value == gotSum.value, "other items came out than were put")
    let left = queue.statistics
    try require(
      left.count + left.unfinished + left.waitingGetters + left.waitingPutters == 0, "left \(left)")
  }
}
