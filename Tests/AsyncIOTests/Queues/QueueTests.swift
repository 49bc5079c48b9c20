// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueTests {
  @Test func `Items leave in the order of each queue`() throws {
    try onLoop {
      let (fifo, lifo, smallest) = (
        AsyncQueue<Int>(), AsyncLIFOQueue<Int>(), AsyncPriorityQueue<Int>()
      )
      for item in [2, 3, 1] {
        try await fifo.put(item)
        try await lifo.put(item)
        try await smallest.put(item)
      }
      #expect([fifo.tryPeek(), lifo.tryPeek(), smallest.tryPeek()] == [2, 1, 1])
      for (first, last, smaller) in [(2, 1, 1), (3, 3, 2), (1, 2, 3)] {
        let items = (try await fifo.get(), try await lifo.get(), try await smallest.get())
        #expect(items == (first, last, smaller))
      }
      #expect(fifo.isEmpty && lifo.isEmpty && smallest.isEmpty)
    }
  }

  @Test func `B38 Equal priorities leave in the order of arrival`() throws {
    struct Job: Comparable {
      let priority: Int
      let name: Int
      static func < (left: Job, right: Job) -> Bool { left.priority < right.priority }
      static func == (left: Job, right: Job) -> Bool { left.priority == right.priority }
    }
    try onLoop {
      let queue = AsyncPriorityQueue<Job>()
      for name in 0..<100 { try await queue.put(Job(priority: name % 2, name: name)) }
      var names: [Int] = []
      while let job = queue.tryGet() { names.append(job.name) }
      #expect(names == (0..<100).filter { $0 % 2 == 0 } + (0..<100).filter { $0 % 2 == 1 })
    }
  }

  @Test func `A full queue holds putters back, in order`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(0)
      #expect(queue.isFull && !queue.tryPut(9))
      for item in 1...3 { createTask { try await queue.put(item) } }
      await settle()
      #expect(queue.count == 1 && queue.statistics.waitingPutters == 3)
      for item in 0...3 {
        let value = try await queue.get()
        #expect(value == item)
      }
    }
  }

  @Test func `B25 Getters are served in order, and nobody overtakes them`() throws {
    try onLoop {
      let (queue, log) = (AsyncQueue<Int>(), Log<String>())
      for name in ["a", "b"] {
        createTask { log.record("\(name)\(try await queue.get())") }
      }
      await settle()
      try await queue.put(1)
      #expect(queue.tryGet() == nil)
      try await queue.put(2)
      #expect(queue.tryGet() == nil)
      await settle()
      #expect(log.entries == ["a1", "b2"])
    }
  }

  @Test func `tryPut fails while others wait to put`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(0)
      createTask { try await queue.put(1) }
      await settle()
      #expect(queue.tryGet() == 0)
      #expect(queue.tryPeek() == 1, "the room went to the first in line")
      #expect(!queue.tryPut(2))
    }
  }

  @Test func `B28 Joining waits until every item is done, also those handed over`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.join()
      let getter = createTask { try await queue.get() }
      await settle()
      try await queue.put(1)
      #expect(queue.unfinished == 1)
      let joiner = createTask { try await queue.join() }
      _ = try await getter.value
      await settle()
      #expect(EventLoop.current?.tasks.contains { $0.waitsFor == .queueJoin } == true)
      queue.taskDone()
      try await joiner.value
    }
  }

  @Test func `withItem marks done on every exit`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.put(1)
      try await queue.put(2)
      let value = try await queue.withItem { $0 + 1 }
      #expect(value == 2)
      await #expect(throws: TestFailure("body")) {
        try await queue.withItem { _ in throw TestFailure("body") }
      }
      try await queue.join()
    }
  }

  @Test func `A queue takes items that are not Sendable`() throws {
    final class Box { var number = 1 }
    try onLoop {
      let queue = AsyncQueue<Box>()
      try await queue.put(Box())
      let box = try await queue.get()
      box.number += 1
      #expect(box.number == 2)
    }
  }

  @Test func `B30 Shutdown: putters and later puts fail, getters drain and then fail`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(1)
      let putter = createTask { try await queue.put(2) }
      await settle()
      queue.shutdown()
      await #expect(throws: QueueShutDownError.self) { try await putter.value }
      await #expect(throws: QueueShutDownError.self) { try await queue.put(3) }
      #expect(!queue.tryPut(3))
      let value = try await queue.get()
      #expect(value == 1)
      await #expect(throws: QueueShutDownError.self) { try await queue.get() }
      queue.taskDone()
      try await queue.join()
    }
  }

  @Test func `B30 Shutdown wakes getters that wait`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      let getter = createTask { try await queue.get() }
      await settle()
      queue.shutdown()
      await #expect(throws: QueueShutDownError.self) { try await getter.value }
    }
  }

  @Test func `B31 An immediate shutdown drops items, frees join, and forgives a late taskDone`()
    throws
  {
    try onLoop {
      let queue = AsyncQueue<Int>()
      for item in 1...3 { try await queue.put(item) }
      _ = try await queue.get()
      let joiner = createTask { try await queue.join() }
      await settle()
      queue.shutdown(immediate: true)
      try await joiner.value
      #expect(queue.isEmpty && queue.unfinished == 0)
      queue.taskDone()
      await #expect(throws: QueueShutDownError.self) { try await queue.get() }
    }
  }

  @Test func `Iteration ends when the queue is shut down and drained`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      for item in 1...3 { try await queue.put(item) }
      queue.shutdown()
      var items: [Int] = []
      for try await item in queue {
        items.append(item)
        queue.taskDone()
      }
      #expect(items == [1, 2, 3])
      try await queue.join()
    }
  }
}
