// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueBehaviourTests {
  @Test func `queue-001: A queue is empty, holds an item, and is empty again`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      #expect(queue.isEmpty)
      try await queue.put(7)
      #expect(!queue.isEmpty)
      let item = try await queue.get()
      #expect(item == 7)
      #expect(queue.isEmpty)
    }
  }

  @Test func `queue-002: Only a queue with a limit is ever full`() throws {
    try onLoop {
      let (free, bounded) = (AsyncQueue<Int>(), AsyncQueue<Int>(maxSize: 1))
      for item in 0..<100 { try await free.put(item) }
      #expect(!free.isFull)
      #expect(!bounded.isFull)
      try await bounded.put(1)
      #expect(bounded.isFull)
    }
  }

  @Test func `queue-003: A queue is first in, first out`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      for item in [1, 3, 2] { try await queue.put(item) }
      var items: [Int] = []
      for _ in 0..<3 { items.append(try await queue.get()) }
      #expect(items == [1, 3, 2])
    }
  }

  @Test func `queue-005: A get lets the producer in that waits for room`() throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(maxSize: 1), Log<String>())
      try await queue.put(1)
      let producer = createTask {
        try await queue.put(2)
        log.record("put")
      }
      await settle()
      #expect(log.entries.isEmpty)
      let item = try await queue.get()
      #expect(item == 1)
      // By that very get: the item is in, though its producer has not run yet.
      #expect(queue.count == 1)
      try await producer.value
      #expect(log.entries == ["put"])
    }
  }

  @Test func `queue-006, queue-018: A get takes what is there, or waits for the next put`() throws {
    try onLoop {
      let (filled, empty, log) = (AsyncQueue<Int>(), AsyncQueue<Int>(), Log<Int>())
      try await filled.put(1)
      let other = createTask { log.record(0) }
      let first = try await filled.get()
      #expect(first == 1)
      #expect(log.entries.isEmpty, "get returned at once")
      try await other.value
      let getter = createTask { log.record(try await empty.get()) }
      _ = EventLoop.current?.schedule(after: .milliseconds(10)) { _ = empty.tryPut(2) }
      try await sleep(for: .milliseconds(9))
      #expect(log.entries == [0])
      try await getter.value
      #expect(log.entries == [0, 2])
    }
  }

  @Test func `queue-007: tryGet says that a queue is empty, or gives its item`() {
    let queue = AsyncQueue<Int>()
    #expect(queue.tryGet() == nil)
    #expect(queue.isEmpty)
    #expect(queue.tryPut(5))
    #expect(queue.tryGet() == 5)
  }

  @Test func `queue-008: An item is not offered to a getter that left`() throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<Int>())
      let getters = await startInTurn(1...2) { _ in log.record(try await queue.get()) }
      getters[0].cancel()
      await #expect(throws: CancellationError.self) { try await getters[0].value }
      try await queue.put(9)
      try await getters[1].value
      #expect(log.entries == [9])
    }
  }

  @Test func `queue-010: A producer and a consumer with one place between them both finish`() throws
  {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      let producer = createTask { for item in 0..<5 { try await queue.put(item) } }
      let consumer = createTask {
        var items: [Int] = []
        for _ in 0..<5 { items.append(try await queue.get()) }
        return items
      }
      let items = try await consumer.value
      try await producer.value
      #expect(items == [0, 1, 2, 3, 4])
    }
  }

  @Test func `queue-011: A get that times out leaves no getter behind`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(100)) { try await queue.get() }
      }
      #expect(queue.statistics.waitingGetters == 0)
      try await queue.put(1)
      #expect(queue.count == 1)
    }
  }

  @Test func `queue-012: A put waits only while the queue is full`() throws {
    try onLoop {
      let (free, bounded, log) = (AsyncQueue<Int>(), AsyncQueue<Int>(maxSize: 1), Log<Int>())
      let other = createTask { log.record(0) }
      try await free.put(1)
      #expect(log.entries.isEmpty, "put returned at once")
      try await other.value
      let producer = createTask {
        try await bounded.put(1)
        try await bounded.put(2)
        log.record(2)
      }
      _ = EventLoop.current?.schedule(after: .milliseconds(10)) { _ = bounded.tryGet() }
      try await sleep(for: .milliseconds(9))
      #expect(log.entries == [0])
      try await producer.value
      #expect(log.entries == [0, 2])
    }
  }

  @Test func `queue-014: A reader cancelled beside two puts does not change their order`() throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<Int>())
      let reader = await startInTurn(1...1) { _ in log.record(try await queue.get()) }
      #expect(queue.tryPut(1))
      #expect(queue.tryPut(2))
      reader[0].cancel()
      try await awaitEnd(of: reader[0])
      if log.entries.isEmpty { log.record(try await queue.get()) }
      #expect(log.entries == [1])
    }
  }

  @Test func `queue-015: Two items and a cancelled reader: both are read, nobody sleeps on`() throws
  {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<Int>())
      let readers = await startInTurn(1...3) { _ in log.record(try await queue.get()) }
      #expect(queue.tryPut(1))
      #expect(queue.tryPut(2))
      readers[0].cancel()
      await #expect(throws: CancellationError.self) { try await readers[0].value }
      try await readers[1].value
      try await readers[2].value
      #expect(log.entries.sorted() == [1, 2])
    }
  }

  @Test func `queue-017: The item of a cancelled put never appears`() throws {
    try onLoop {
      let queue = AsyncQueue<String>(maxSize: 1)
      try await queue.put("a")
      let second = createTask { try await queue.put("b") }
      await settle()
      let third = createTask { try await queue.put("X") }
      await settle()
      third.cancel()
      await #expect(throws: CancellationError.self) { try await third.value }
      let first = try await queue.get()
      #expect(first == "a")
      try await second.value
      let next = try await queue.get()
      #expect(next == "b")
      #expect(queue.isEmpty)
    }
  }

  @Test func `queue-019: Each freed place lets one producer in`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 2)
      let producers = await startInTurn(1...4) { number in try await queue.put(number) }
      #expect(queue.statistics.waitingPutters == 2)
      for expected in 1...2 { #expect(queue.tryGet() == expected) }
      for producer in producers { try await producer.value }
      #expect(queue.count == 2)
    }
  }

  @Test func `queue-021: Let in and cancelled in one turn, a put has put its item`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(1)
      let producer = createTask { try await queue.put(2) }
      await settle()
      #expect(queue.tryGet() == 1)
      producer.cancel()
      let result = await producer.result
      switch result {
      case .success: #expect(queue.tryGet() == 2)
      case .failure(let error):
        #expect(error is CancellationError)
        #expect(queue.isEmpty)
      }
    }
  }

  @Test func `queue-024: Joining a queue without unfinished work returns at once, twice`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.join()
      try await queue.join()
    }
  }

  @Test func `queue-025: A queue describes how it stands`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      let getter = createTask { try await queue.get() }
      await settle()
      #expect("\(queue)" == "AsyncQueue(maxSize: 1, 0 items, 1 waiting to get)")
      try await queue.put(1)
      _ = try await getter.value
      try await queue.put(2)
      let putter = createTask { try await queue.put(3) }
      await settle()
      #expect(
        "\(queue)" == "AsyncQueue(maxSize: 1, 1 item, 1 waiting to put, 2 unfinished)")
      _ = try await queue.get()
      try await putter.value
      queue.shutdown()
      #expect("\(queue)" == "AsyncQueue(maxSize: 1, 1 item, 3 unfinished, shut down)")
      #expect("\(AsyncLIFOQueue<Int>())" == "AsyncLIFOQueue(0 items)")
      #expect("\(AsyncPriorityQueue<Int>())" == "AsyncPriorityQueue(0 items)")
    }
  }

  @Test func `queue-035: What is granted to a cancelled task is passed on, in both directions`()
    throws
  {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<Int>())
      let getters = await startInTurn(1...2) { _ in log.record(try await queue.get()) }
      #expect(queue.tryPut(5))
      getters[0].cancel()
      try await getters[1].value
      #expect(log.entries == [5])
      await #expect(throws: CancellationError.self) { try await getters[0].value }

      let bounded = AsyncQueue<Int>(maxSize: 1)
      try await bounded.put(0)
      let putters = await startInTurn(1...2) { number in try await bounded.put(number) }
      putters[0].cancel()
      #expect(bounded.tryGet() == 0)
      try await putters[1].value
      await #expect(throws: CancellationError.self) { try await putters[0].value }
      #expect(bounded.tryGet() == 2)
    }
  }
}
