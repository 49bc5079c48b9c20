// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueEndBehaviourTests {
  @Test func `queue-027: Joining an empty queue that was shut down returns at once`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      queue.shutdown()
      try await queue.join()
    }
  }

  @Test func `queue-028: An empty queue that was shut down neither takes nor gives`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      queue.shutdown()
      await #expect(throws: QueueShutDownError.self) { try await queue.put(1) }
      #expect(!queue.tryPut(1))
      await #expect(throws: QueueShutDownError.self) { _ = try await queue.get() }
      #expect(queue.tryGet() == nil)
    }
  }

  @Test func `queue-029: A shutdown sends producers away, keeps the items, and a join waiting`()
    throws
  {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(maxSize: 1), Log<String>())
      try await queue.put(1)
      let producer = createTask { try await queue.put(2) }
      let joiner = createTask {
        try await queue.join()
        log.record("joined")
      }
      await settle()
      queue.shutdown()
      await #expect(throws: QueueShutDownError.self) { try await producer.value }
      #expect(queue.count == 1)
      await settle()
      #expect(log.entries.isEmpty)
      #expect(queue.tryGet() == 1)
      queue.taskDone()
      try await joiner.value
    }
  }

  @Test func `queue-030: What is left can be got, then get throws; put throws all along`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.put(1)
      queue.shutdown()
      await #expect(throws: QueueShutDownError.self) { try await queue.put(2) }
      let item = try await queue.get()
      #expect(item == 1)
      await #expect(throws: QueueShutDownError.self) { _ = try await queue.get() }
      await #expect(throws: QueueShutDownError.self) { try await queue.put(2) }
    }
  }

  @Test func `queue-033: A late taskDone after an immediate shutdown is ignored`() {
    let queue = AsyncQueue<Int>()
    #expect(queue.tryPut(1))
    queue.shutdown(immediate: true)
    queue.taskDone()
    #expect(queue.unfinished == 0)
  }

  @Test func `priorityqueue-001: The smallest comes first`() throws {
    try onLoop {
      let queue = AsyncPriorityQueue<Int>()
      for item in [1, 3, 2] { try await queue.put(item) }
      var items: [Int] = []
      for _ in 0..<3 { items.append(try await queue.get()) }
      #expect(items == [1, 2, 3])
    }
  }

  @Test func `priorityqueue-002: A join ends when two workers have done every item`() async throws {
    try onLoop {
      let (queue, log) = (AsyncPriorityQueue<Int>(), Log<Int>())
      try await queue.join()
      for item in 0..<100 { try await queue.put(item) }
      let workers = await startInTurn(1...2) { _ in
        for try await item in queue {
          await Task.yield()
          log.record(item)
          queue.taskDone()
        }
      }
      try await queue.join()
      #expect(log.entries.count == 100)
      queue.shutdown()
      for worker in workers { try await worker.value }
    }
    await #expect(processExitsWith: .failure) { AsyncPriorityQueue<Int>().taskDone() }
  }

  @Test func `priorityqueue-004: Producers come in by arrival, items leave by priority`() throws {
    try onLoop {
      let queue = AsyncPriorityQueue<Int>(maxSize: 1)
      try await queue.put(5)
      let producers = await startInTurn(1...2) { number in
        try await queue.put(number == 1 ? 1 : 3)
      }
      var items: [Int] = []
      for _ in 0..<3 {
        items.append(try await queue.get())
        await settle()
      }
      for producer in producers { try await producer.value }
      #expect(items == [5, 1, 3])
    }
  }

  @Test func `lifoqueue-001: The last comes first`() throws {
    try onLoop {
      let queue = AsyncLIFOQueue<Int>()
      for item in [1, 3, 2] { try await queue.put(item) }
      var items: [Int] = []
      for _ in 0..<3 { items.append(try await queue.get()) }
      #expect(items == [2, 3, 1])
    }
  }

  @Test(arguments: [false, true])
  func `lifoqueue-003: A LIFO queue is shut down like the others`(immediate: Bool) throws {
    try onLoop {
      let empty = AsyncLIFOQueue<Int>()
      let getter = createTask { try await empty.get() }
      let full = AsyncLIFOQueue<Int>(maxSize: 1)
      try await full.put(1)
      let putter = createTask { try await full.put(2) }
      let log = Log<String>()
      let joiner = createTask {
        try await full.join()
        log.record("joined")
      }
      await settle()
      empty.shutdown(immediate: immediate)
      full.shutdown(immediate: immediate)
      await #expect(throws: QueueShutDownError.self) { _ = try await getter.value }
      await #expect(throws: QueueShutDownError.self) { try await putter.value }
      await settle()
      #expect(log.entries == (immediate ? ["joined"] : []))
      if !immediate {
        #expect(full.tryGet() == 1)
        full.taskDone()
      }
      try await joiner.value
      await #expect(throws: QueueShutDownError.self) { try await full.put(3) }
      await #expect(throws: QueueShutDownError.self) { _ = try await full.get() }
    }
  }
}
