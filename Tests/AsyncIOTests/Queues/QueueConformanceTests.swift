// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What every queue does, whatever the order of its items.
@Suite struct QueueConformanceTests {
  @Test(arguments: QueueKind.allCases)
  func `An item that was put is got`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make()
      #expect(queue.isEmpty)
      try await queue.put(7)
      #expect(queue.tryPeek() == 7)
      #expect(queue.count == 1)
      let item = try await queue.get()
      #expect(item == 7)
      #expect(queue.isEmpty)
      #expect(queue.tryPeek() == nil)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `A queue without a limit is never full`(kind: QueueKind) {
    let queue = kind.make()
    for item in 0..<1_000 { #expect(queue.tryPut(item)) }
    #expect(!queue.isFull)
    #expect(queue.count == 1_000)
  }

  @Test(arguments: QueueKind.allCases)
  func `tryPut fails when full, tryGet when empty`(kind: QueueKind) {
    let queue = kind.make(maxSize: 1)
    #expect(queue.tryGet() == nil)
    #expect(queue.tryPut(1))
    #expect(queue.isFull)
    #expect(!queue.tryPut(2))
    #expect(queue.unfinished == 1)
    #expect(queue.tryGet() == 1)
    #expect(queue.tryPut(2))
  }

  @Test(arguments: QueueKind.allCases)
  func `Getters are served in the order they came`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await startInTurn(1...3) { number in
        let item = try await queue.get()
        log.record([number, item])
      }
      #expect(queue.statistics.waitingGetters == 3)
      for item in [30, 20, 10] { try await queue.put(item) }
      for task in tasks { try await task.value }
      #expect(log.entries == [[1, 30], [2, 20], [3, 10]])
      #expect(queue.isEmpty)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Putters are let in in the order they came`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(maxSize: 1), Log<Int>())
      try await queue.put(0)
      _ = await startInTurn(1...3) { number in
        try await queue.put(number)
        log.record(number)
      }
      #expect(queue.statistics.waitingPutters == 3)
      #expect(queue.unfinished == 1)
      for number in 1...3 {
        let item = try await queue.get()
        #expect(item == number - 1)
        await settle()
        #expect(log.entries == Array(1...number))
      }
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B25 Nobody overtakes the getters that wait`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<[Int]>())
      let tasks = await startInTurn(1...2) { number in
        let item = try await queue.get()
        log.record([number, item])
      }
      #expect(queue.tryPut(10))
      #expect(queue.tryGet() == nil)
      #expect(queue.tryPut(11))
      for task in tasks { try await task.value }
      #expect(log.entries == [[1, 10], [2, 11]])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Nobody overtakes the putters that wait`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      _ = await startInTurn(2...2) { number in try await queue.put(number) }
      #expect(queue.tryGet() == 1)
      #expect(!queue.tryPut(3))
      #expect(queue.tryGet() == 2)
      #expect(queue.tryPut(3))
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Joining an empty queue returns at once`(kind: QueueKind) throws {
    try onLoop { try await kind.make().join() }
  }

  @Test(arguments: QueueKind.allCases)
  func `B28 An item handed straight to a getter counts until it is done`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<String>())
      let getter = createTask { try await queue.get() }
      await settle()
      try await queue.put(1)
      _ = try await getter.value
      #expect(queue.isEmpty)
      #expect(queue.unfinished == 1)
      let joiners = await startInTurn(1...2) { _ in
        try await queue.join()
        log.record("joined")
      }
      #expect(log.entries.isEmpty)
      queue.taskDone()
      for joiner in joiners { try await joiner.value }
      #expect(log.entries.count == 2)
      #expect(queue.unfinished == 0)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `withItem reports the item done on every exit`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<Int>())
      for item in 1...2 { try await queue.put(item) }
      try await queue.useItem { item in
        log.record(item)
        #expect(queue.unfinished == 2)
      }
      #expect(queue.unfinished == 1)
      await #expect(throws: TestFailure("body")) {
        try await queue.useItem { _ in throw TestFailure("body") }
      }
      #expect(queue.unfinished == 0)
      #expect(log.entries.count == 1)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Tasks that wait say for what`(kind: QueueKind) throws {
    try onLoop {
      let (empty, full) = (kind.make(), kind.make(maxSize: 1))
      try await full.put(1)
      _ = await startInTurn(1...3) { number in
        switch number {
        case 1: _ = try await empty.get()
        case 2: try await full.put(2)
        default: try await full.join()
        }
      }
      let loop = try #require(EventLoop.current)
      #expect(loop.tasks.suffix(3).map(\.waitsFor) == [.queueItem, .queueRoom, .queueJoin])
    }
  }
}

@Suite struct QueueOrderTests {
  @Test func `A queue is first in, first out`() throws {
    let items = try Self.order(of: .fifo, [2, 3, 1])
    #expect(items == [2, 3, 1])
  }

  @Test func `A LIFO queue is last in, first out`() throws {
    let items = try Self.order(of: .lifo, [2, 3, 1])
    #expect(items == [1, 3, 2])
  }

  @Test func `A priority queue gives the smallest first`() throws {
    let items = try Self.order(of: .priority, [2, 3, 1, 2])
    #expect(items == [1, 2, 2, 3])
  }

  @Test func `B38 Equal priorities leave in the order of their arrival`() throws {
    try onLoop {
      let queue = AsyncPriorityQueue<Job>()
      for number in 0..<100 { try await queue.put(Job(priority: number % 3, number: number)) }
      var jobs: [Job] = []
      for _ in 0..<100 { jobs.append(try await queue.get()) }
      let expected = jobs.sorted { ($0.priority, $0.number) < ($1.priority, $1.number) }
      #expect(jobs.map(\.number) == expected.map(\.number))
    }
  }

  @Test func `B38 An item that comes back is still before its equals`() throws {
    try onLoop {
      let queue = AsyncPriorityQueue<Job>()
      let getter = createTask { try await queue.get() }
      await settle()
      for number in 0..<3 { try await queue.put(Job(priority: 1, number: number)) }
      getter.cancel()
      await #expect(throws: CancellationError.self) { try await getter.value }
      var numbers: [Int] = []
      for _ in 0..<3 { numbers.append(try await queue.get().number) }
      #expect(numbers == [0, 1, 2])
    }
  }

  @Test func `Items need not be Sendable, and optional ones are items too`() throws {
    try onLoop {
      let boxes = AsyncQueue<Box>()
      try await boxes.put(Box(3))
      let box = try await boxes.get()
      #expect(box.value == 3)
      let optionals = AsyncQueue<Int?>()
      try await optionals.put(nil)
      #expect(optionals.count == 1)
      let item = try await optionals.get()
      #expect(item == nil)
    }
  }

  private static func order(of kind: QueueKind, _ items: [Int]) throws -> [Int] {
    try onLoop {
      let queue = kind.make()
      for item in items { try await queue.put(item) }
      var taken: [Int] = []
      while !queue.isEmpty { taken.append(try await queue.get()) }
      return taken
    }
  }

  private final class Box {
    let value: Int
    init(_ value: Int) { self.value = value }
  }

  private struct Job: Comparable, Sendable {
    let priority: Int
    let number: Int
    static func == (left: Job, right: Job) -> Bool { left.priority == right.priority }
    static func < (left: Job, right: Job) -> Bool { left.priority < right.priority }
  }
}
