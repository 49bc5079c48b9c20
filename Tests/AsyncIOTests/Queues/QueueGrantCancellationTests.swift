// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Cancellation before a call, while it waits, and in the turn in which its wait ends.
@Suite struct QueueGrantCancellationTests {
  @Test(arguments: QueueKind.allCases)
  func `A cancelled task neither puts, gets nor joins, even if it need not wait`(
    kind: QueueKind
  ) throws {
    try onLoop {
      let (queue, done) = (kind.make(), kind.make())
      try await queue.put(1)
      let tasks: [Task<Void, any Error>] = [
        createTask { try await queue.put(2) },
        createTask { _ = try await queue.get() },
        createTask { try await queue.useItem { _ in } },
        createTask { try await queue.forEach { _ in } },
        createTask { try await done.join() },
      ]
      for task in tasks { task.cancel() }
      for task in tasks {
        await #expect(throws: CancellationError.self) { try await task.value }
      }
      #expect(queue.count == 1)
      #expect(queue.unfinished == 1)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `A getter that is cancelled while it waits leaves the line`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await Self.startGetters(1...3, queue, log)
      tasks[1].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[1].value }
      #expect(queue.statistics.waitingGetters == 2)
      for item in 10...11 { try await queue.put(item) }
      await settle()
      #expect(log.entries == [[1, 10], [3, 11]])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B24 Given an item, then cancelled: the next getter has it`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await Self.startGetters(1...2, queue, log)
      #expect(queue.tryPut(10))
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [[2, 10]])
      #expect(queue.unfinished == 1)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B24 Cancelled, then put: the next getter has the item`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await Self.startGetters(1...2, queue, log)
      tasks[0].cancel()
      #expect(queue.tryPut(10))
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
      #expect(log.entries == [[2, 10]])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B24 Given an item, then cancelled, alone: the item stays`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await Self.startGetters(1...1, queue, log)
      #expect(queue.tryPut(10))
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(queue.tryPeek() == 10)
      #expect(queue.unfinished == 1)
      #expect(queue.tryGet() == 10)
    }
  }

  @Test(arguments: 0..<8, [true, false])
  func `B24 Whoever is cancelled, every item is got or stays`(
    cancelled: Int, beforePut: Bool
  ) throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<Int>())
      let tasks = await startInTurn(0...2) { _ in log.record(try await queue.get()) }
      if !beforePut { for item in 0...2 { #expect(queue.tryPut(item)) } }
      for number in 0...2 where cancelled & (1 << number) != 0 { tasks[number].cancel() }
      if beforePut { for item in 0...2 { #expect(queue.tryPut(item)) } }
      for task in tasks { try await awaitEnd(of: task) }
      var items = log.entries
      #expect(items.count == 3 - cancelled.nonzeroBitCount)
      while let item = queue.tryGet() { items.append(item) }
      #expect(items.sorted() == [0, 1, 2])
      #expect(queue.unfinished == 3)
    }
  }

  @Test func `B24 Items that come back in one turn keep their order`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      let tasks = await startInTurn(1...2) { _ in _ = try await queue.get() }
      for item in 1...3 { #expect(queue.tryPut(item)) }
      for task in tasks { task.cancel() }
      for task in tasks { try await awaitEnd(of: task) }
      var items: [Int] = []
      while let item = queue.tryGet() { items.append(item) }
      #expect(items == [1, 2, 3])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `A putter that is cancelled while it waits leaves no item behind`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      let tasks = await startInTurn(2...3) { number in try await queue.put(number) }
      tasks[0].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(queue.statistics.waitingPutters == 1)
      #expect(queue.tryGet() == 1)
      try await tasks[1].value
      #expect(queue.tryGet() == 3)
      #expect(queue.tryGet() == nil)
      #expect(queue.unfinished == 2)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Let in, then cancelled: the item is in, and put returns`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      let tasks = await startInTurn(2...2) { number in try await queue.put(number) }
      #expect(queue.tryGet() == 1)
      tasks[0].cancel()
      try await tasks[0].value
      #expect(queue.tryGet() == 2)
      #expect(queue.unfinished == 2)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Cancelled, then room: the item is not in, and put throws`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      let tasks = await startInTurn(2...2) { number in try await queue.put(number) }
      tasks[0].cancel()
      #expect(queue.tryGet() == 1)
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(queue.isEmpty)
      #expect(queue.unfinished == 1)
    }
  }

  @Test(arguments: QueueKind.allCases, [true, false])
  func `A join that is cancelled throws, also in the turn of the last taskDone`(
    kind: QueueKind, doneFirst: Bool
  ) throws {
    try onLoop {
      let queue = kind.make()
      try await queue.put(1)
      _ = try await queue.get()
      let tasks = await startInTurn(1...2) { _ in try await queue.join() }
      if doneFirst { queue.taskDone() }
      tasks[0].cancel()
      if !doneFirst { queue.taskDone() }
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      try await tasks[1].value
    }
  }

  @Test(arguments: [true, false])
  func `B07 An item and a timeout of one instant: it is got, or it stays`(
    timeoutIsArmedFirst: Bool
  ) throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      let start: @Sendable () -> Void = {
        createTask {
          try await sleep(for: .seconds(1))
          try await queue.put(7)
        }
      }
      if !timeoutIsArmedFirst { start() }
      let task = createTask { try await moveOn(after: .seconds(1)) { try await queue.get() } }
      if timeoutIsArmedFirst { start() }
      let item = try await task.value
      await settle()
      #expect([item, queue.tryPeek()].compactMap(\.self) == [7])
      #expect(queue.statistics.waitingGetters == 0)
    }
  }

  @Test func `B27 Getters that give up again and again leave nothing behind`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      for _ in 0..<200 {
        let item = try await moveOn(after: .milliseconds(1)) { try await queue.get() }
        #expect(item == nil)
      }
      #expect(queue.statistics.waitingGetters == 0)
      try await queue.put(1)
      #expect(queue.tryGet() == 1)
    }
  }

  /// Getters that record their number and their item.
  private static func startGetters(
    _ numbers: ClosedRange<Int>, _ queue: any IntQueue, _ log: Log<[Int]>
  ) async -> [Task<Void, any Error>] {
    await startInTurn(numbers) { number in
      let item = try await queue.get()
      log.record([number, item])
    }
  }
}
