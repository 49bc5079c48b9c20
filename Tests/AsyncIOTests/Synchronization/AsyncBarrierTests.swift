// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct AsyncBarrierTests {
  @Test func `The parties wait for one another and learn their places`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 3), Log<[Int]>())
      let early = await Self.startParties(1...2, barrier, log)
      #expect(barrier.waiting == 2)
      #expect(log.entries.isEmpty)
      let position = try await barrier.arriveAndWait()
      #expect(position == 2)
      for task in early { try await task.value }
      #expect(log.entries == [[1, 0], [2, 1]])
      #expect(barrier.waiting == 0)
    }
  }

  @Test func `A barrier of one never waits`() throws {
    try onLoop {
      let barrier = AsyncBarrier(parties: 1)
      for _ in 0..<3 {
        let position = try await barrier.arriveAndWait()
        #expect(position == 0)
      }
    }
  }

  @Test func `A barrier is used again by generation after generation`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<Int>())
      let tasks = await startInTurn(1...2) { _ in
        for round in 1...3 {
          try await barrier.arriveAndWait()
          log.record(round)
        }
      }
      for task in tasks { try await task.value }
      #expect(log.entries == [1, 1, 2, 2, 3, 3])
    }
  }

  @Test func `B14 Who comes before the released have gone on belongs to the next generation`()
    throws
  {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      _ = await Self.startParties(1...3, barrier, log)
      #expect(Set(log.entries) == [[1, 0], [2, 1]])
      #expect(barrier.waiting == 1)
      let position = try await barrier.arriveAndWait()
      #expect(position == 1)
      await settle()
      #expect(log.entries.last == [3, 0])
    }
  }

  @Test func `A reset sends who waits away and starts afresh`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      let tasks = await Self.startParties(1...1, barrier, log)
      barrier.reset()
      await #expect(throws: BrokenBarrierError.self) { try await tasks[0].value }
      #expect(!barrier.isBroken)
      for task in await Self.startParties(2...3, barrier, log) { try await task.value }
      #expect(Set(log.entries) == [[2, 0], [3, 1]])
    }
  }

  @Test func `An aborted barrier refuses everybody, until it is reset`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      let tasks = await Self.startParties(1...1, barrier, log)
      barrier.abort()
      await #expect(throws: BrokenBarrierError.self) { try await tasks[0].value }
      await #expect(throws: BrokenBarrierError.self) { try await barrier.arriveAndWait() }
      #expect(barrier.isBroken)
      barrier.reset()
      for task in await Self.startParties(2...3, barrier, log) { try await task.value }
      #expect(log.entries.count == 2)
    }
  }

  @Test(arguments: [true, false])
  func `A generation that was released is not broken by what comes later`(abort: Bool) throws {
    try onLoop {
      let barrier = AsyncBarrier(parties: 2)
      let task = createTask { try await barrier.arriveAndWait() }
      await settle()
      let mine = try await barrier.arriveAndWait()
      if abort { barrier.abort() } else { barrier.reset() }
      let theirs = try await task.value
      #expect([theirs, mine] == [0, 1])
    }
  }

  @Test func `A cancelled task does not arrive`() throws {
    try onLoop {
      let barrier = AsyncBarrier(parties: 1)
      let task = createTask { try await barrier.arriveAndWait() }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A party that is cancelled leaves, and the others wait for a replacement`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 3), Log<[Int]>())
      let tasks = await Self.startParties(1...2, barrier, log)
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(barrier.waiting == 1)
      #expect(!barrier.isBroken)
      _ = await Self.startParties(3...3, barrier, log)
      #expect(log.entries.isEmpty)
      let position = try await barrier.arriveAndWait()
      #expect(position == 2)
      await settle()
      #expect(log.entries == [[2, 0], [3, 1]])
    }
  }

  @Test func `Once released, a cancellation has no effect`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      let tasks = await Self.startParties(1...1, barrier, log)
      let position = try await barrier.arriveAndWait()
      tasks[0].cancel()
      try await tasks[0].value
      #expect(position == 1)
      #expect(log.entries == [[1, 0]])
    }
  }

  @Test func `Cancelled before the last party comes: that one waits for another`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      let tasks = await Self.startParties(1...1, barrier, log)
      tasks[0].cancel()
      _ = await Self.startParties(2...2, barrier, log)
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(log.entries.isEmpty)
      #expect(barrier.waiting == 1)
    }
  }

  @Test func `A task that waits says so`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 2), Log<[Int]>())
      _ = await Self.startParties(1...1, barrier, log)
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.last?.waitsFor == .barrier)
    }
  }

  /// Parties that record their number and their place.
  private static func startParties(
    _ numbers: ClosedRange<Int>, _ barrier: AsyncBarrier, _ log: Log<[Int]>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(numbers) { number in
      let position = try await barrier.arriveAndWait()
      log.record([number, position])
    }
  }
}
