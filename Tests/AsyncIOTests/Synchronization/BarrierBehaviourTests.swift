// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct BarrierBehaviourTests {
  @Test func `barrier-001: A barrier for nobody, or for fewer, traps`() async {
    await #expect(processExitsWith: .failure) { _ = AsyncBarrier(parties: 0) }
    await #expect(processExitsWith: .failure) { _ = AsyncBarrier(parties: -1) }
  }

  @Test func `barrier-002: The parties get the positions from 0, each once`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 3), Log<Int>())
      let tasks = await startInTurn(1...3) { _ in log.record(try await barrier.arriveAndWait()) }
      for task in tasks { try await task.value }
      #expect(log.entries.sorted() == [0, 1, 2])
      #expect(barrier.waiting == 0)
      #expect(!barrier.isBroken)
    }
  }

  @Test func `barrier-004: The count of those who wait grows, and is 0 after the last`() throws {
    try onLoop {
      let barrier = AsyncBarrier(parties: 3)
      var tasks: [Task<Void, any Error>] = []
      for expected in [1, 2, 0] {
        tasks += await startInTurn(1...1) { _ in try await barrier.arriveAndWait() }
        #expect(barrier.waiting == expected)
      }
      for task in tasks { try await task.value }
      #expect(!barrier.isBroken)
    }
  }

  @Test func `barrier-005: Nobody passes the second time before all have the first`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 5), Log<Int>())
      let tasks = await startInTurn(1...5) { _ in
        for round in 1...2 {
          try await barrier.arriveAndWait()
          log.record(round)
        }
      }
      for task in tasks { try await task.value }
      #expect(log.entries == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
      #expect(barrier.waiting == 0)
      #expect(!barrier.isBroken)
    }
  }

  @Test func `barrier-007: Released in one step, all see a barrier ready for the next round`()
    throws
  {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 5), Log<Int>())
      let tasks = await startInTurn(1...5) { _ in
        try await barrier.arriveAndWait()
        log.record(barrier.waiting)
      }
      for task in tasks { try await task.value }
      #expect(log.entries == [0, 0, 0, 0, 0])
    }
  }

  @Test func `barrier-008: Who comes back early belongs to the next round`() throws {
    try onLoop {
      let (barrier, small) = (AsyncBarrier(parties: 5), AsyncBarrier(parties: 3))
      let log = Log<Int>()
      let tasks = await startInTurn(1...5) { number in
        try await barrier.arriveAndWait()
        if number > 2 { try await small.arriveAndWait() }
        try await barrier.arriveAndWait()
        log.record(number)
      }
      for task in tasks { try await task.value }
      #expect(log.entries.sorted() == [1, 2, 3, 4, 5])
      #expect(barrier.waiting == 0)
    }
  }

  @Test func `barrier-010: Resetting a barrier that nobody waits at does nothing`() throws {
    try onLoop {
      let barrier = AsyncBarrier(parties: 1)
      barrier.reset()
      #expect(barrier.waiting == 0)
      #expect(!barrier.isBroken)
      try await barrier.arriveAndWait()
    }
  }

  @Test func `barrier-011: A reset breaks all who wait, and leaves a barrier to use`() throws {
    try onLoop {
      let (barrier, log) = (AsyncBarrier(parties: 5), Log<Int>())
      let tasks = await startInTurn(1...4) { number in
        do { try await barrier.arriveAndWait() } catch is BrokenBarrierError { log.record(number) }
      }
      #expect(barrier.waiting == 4)
      barrier.reset()
      for task in tasks { try await task.value }
      #expect(log.entries == [1, 2, 3, 4])
      #expect(barrier.waiting == 0)
      #expect(!barrier.isBroken)
      let again = await startInTurn(1...5) { _ in try await barrier.arriveAndWait() }
      for task in again { try await task.value }
    }
  }

  @Test func `barrier-012: A reset after the release breaks nobody of that round`() throws {
    try onLoop {
      let (barrier, passed) = (AsyncBarrier(parties: 5), Log<Int>())
      let tasks = await startInTurn(1...5) { number in
        try await barrier.arriveAndWait()
        passed.record(number)
        if passed.entries.count == 3 { barrier.reset() }
      }
      for task in tasks { try await task.value }
      #expect(passed.entries.count == 5)
      #expect(barrier.waiting == 0)
      #expect(!barrier.isBroken)
    }
  }

  /// Five tasks pass a barrier; two come back at once, then the third to return acts, and all that
  /// it breaks is noted.
  private static func thirdActs(
    _ act: @escaping @Sendable (AsyncBarrier) -> Void
  ) async throws -> (barrier: AsyncBarrier, passed: Int, broken: [Int]) {
    let barrier = AsyncBarrier(parties: 5)
    let (passed, broken) = (Log<Int>(), Log<Int>())
    let tasks = await startInTurn(1...5) { number in
      try await barrier.arriveAndWait()
      passed.record(number)
      switch passed.entries.count {
      case 1, 2:
        do { try await barrier.arriveAndWait() } catch is BrokenBarrierError {
          broken.record(number)
        }
      case 3:
        // The two are at the barrier again, before this task acts.
        while barrier.waiting < 2 { await Task.yield() }
        act(barrier)
      default: break
      }
    }
    for task in tasks { try await task.value }
    return (barrier, passed.entries.count, broken.entries)
  }

  @Test
  func
    `barrier-013, barrier-015: A reset breaks those who wait for the next round, and no one of the released`()
    throws
  {
    try onLoop {
      let (barrier, passed, broken) = try await Self.thirdActs { $0.reset() }
      #expect(passed == 5)
      #expect(broken.count == 2)
      #expect(!barrier.isBroken)
      let next = await startInTurn(1...5) { _ in try await barrier.arriveAndWait() }
      for task in next { try await task.value }
      #expect(barrier.waiting == 0)
    }
  }

  @Test func `barrier-017: An abort spares the released round, and the barrier stays broken`()
    throws
  {
    try onLoop {
      let (barrier, passed, broken) = try await Self.thirdActs { $0.abort() }
      #expect(passed == 5)
      #expect(broken.count == 2)
      #expect(barrier.isBroken)
      #expect(barrier.waiting == 0)
      await #expect(throws: BrokenBarrierError.self) { try await barrier.arriveAndWait() }
    }
  }

  @Test func `barrier-019: A reset repairs an aborted barrier`() throws {
    try onLoop {
      let (first, second) = (AsyncBarrier(parties: 5), AsyncBarrier(parties: 5))
      let (broken, passed) = (Log<Int>(), Log<Int>())
      let tasks = await startInTurn(1...5) { number in
        if try await first.arriveAndWait() == 2 {
          // The four others are at the barrier again.
          while first.waiting < 4 { await Task.yield() }
          first.abort()
        } else {
          do { try await first.arriveAndWait() } catch is BrokenBarrierError {
            broken.record(number)
          }
        }
        if try await second.arriveAndWait() == 0 { first.reset() }
        try await second.arriveAndWait()
        try await first.arriveAndWait()
        passed.record(number)
      }
      for task in tasks { try await task.value }
      #expect(broken.entries.count == 4)
      #expect(passed.entries.count == 5)
      #expect(!first.isBroken)
    }
  }
}
