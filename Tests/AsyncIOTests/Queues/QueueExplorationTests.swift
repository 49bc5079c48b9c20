// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Producers and consumers with timeouts, cancelled at random, under seeded schedules: whatever the
/// order, each item that was put is got once or is still there, and nobody waits in vain.
@Suite struct QueueExplorationTests {
  @Test(arguments: QueueKind.allCases)
  func `No item is lost or doubled`(kind: QueueKind) throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let traffic = Traffic(kind.make(maxSize: random.next(below: 4)))
      let producers = (0..<4).map { traffic.startProducer($0, timeout: random.next(below: 4)) }
      let consumers = (0..<4).map { _ in traffic.startConsumer(timeout: random.next(below: 4)) }
      for task in producers + consumers.dropLast() where random.next(below: 3) == 0 {
        try await sleep(for: .milliseconds(random.next(below: 3)))
        task.cancel()
      }
      for task in producers { try await awaitEnd(of: task) }
      await settle()
      try traffic.checkNobodyWaitsInVain()
      for task in consumers { task.cancel() }
      for task in consumers { try await awaitEnd(of: task) }
      try await traffic.checkNothingIsLost()
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `A shutdown ends everybody`(kind: QueueKind) throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let traffic = Traffic(kind.make(maxSize: random.next(below: 3)))
      let producers = (0..<3).map { traffic.startProducer($0, timeout: 0) }
      let consumers = (0..<3).map { _ in traffic.startConsumer(timeout: 0) }
      try await sleep(for: .milliseconds(random.next(below: 6)))
      traffic.queue.shutdown(immediate: false)
      for task in producers + consumers {
        do { try await task.value } catch is QueueShutDownError {}
      }
      try await traffic.checkNothingIsLost()
    }
  }

  @Test func `Without cancellation, a queue keeps the order of each producer`() throws {
    try explore { seed in
      var random = SplitMix64(seed: seed)
      let traffic = Traffic(AsyncQueue<Int>(maxSize: random.next(below: 3)))
      let producers = (0..<3).map { traffic.startProducer($0, timeout: 0) }
      let consumer = traffic.startConsumer(timeout: 0)
      for task in producers { try await task.value }
      try await traffic.queue.join()
      consumer.cancel()
      try await awaitEnd(of: consumer)
      for producer in 0..<3 {
        let items = traffic.got.entries.filter { $0 / 100 == producer }
        try require(items == items.sorted() && items.count == 5, "out of order: \(items)")
      }
    }
  }
}

/// A queue, and a note of what went in and came out.
private struct Traffic: Sendable {
  let queue: any IntQueue
  let put = Log<Int>()
  let got = Log<Int>()

  init(_ queue: any IntQueue) { self.queue = queue }

  /// Puts five items; gives one up when its time is up.
  ///
  /// There is no limit when `timeout` is zero.
  func startProducer(_ number: Int, timeout: Int) -> Task<Void, any Error> {
    createTask {
      for item in 0..<5 {
        try await sleep(for: .milliseconds((number + item) % 3))
        try await Self.limited(timeout) {
          try await queue.put(number * 100 + item)
          put.record(number * 100 + item)
        }
      }
    }
  }

  func startConsumer(timeout: Int) -> Task<Void, any Error> {
    createTask {
      while true {
        try await Self.limited(timeout) {
          got.record(try await queue.get())
          queue.taskDone()
        }
      }
    }
  }

  private static func limited(
    _ milliseconds: Int, _ body: () async throws -> Void
  ) async throws {
    if milliseconds == 0 { return try await body() }
    _ = try await moveOn(after: .milliseconds(milliseconds)) { try await body() }
  }

  func checkNobodyWaitsInVain() throws {
    let statistics = queue.statistics
    try require(statistics.count == 0 || statistics.waitingGetters == 0, "\(statistics)")
    try require(queue.isFull || statistics.waitingPutters == 0, "\(statistics)")
  }

  /// Takes what is left, and looks at all there was.
  func checkNothingIsLost() async throws {
    let statistics = queue.statistics
    try require(statistics.waitingGetters == 0 && statistics.waitingPutters == 0, "\(statistics)")
    try require(statistics.unfinished == statistics.count, "\(statistics)")
    var items = got.entries
    while let item = queue.tryGet() {
      items.append(item)
      queue.taskDone()
    }
    let expected = put.entries.sorted()
    try require(items.sorted() == expected, "\(expected) went in, \(items.sorted()) came out")
    try await queue.join()
  }
}
