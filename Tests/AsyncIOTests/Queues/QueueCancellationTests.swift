// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueCancellationTests {
  @Test func `A task that is cancelled already takes and puts nothing`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.put(1)
      let (getter, putter) = (
        createTask { try await queue.get() }, createTask { try await queue.put(2) }
      )
      getter.cancel()
      putter.cancel()
      await #expect(throws: CancellationError.self) { try await getter.value }
      await #expect(throws: CancellationError.self) { try await putter.value }
      #expect(queue.count == 1 && queue.unfinished == 1)
    }
  }

  @Test(arguments: [true, false])
  func `B24 An item for a getter that is cancelled in the same turn is the next again`(
    _ putFirst: Bool
  ) throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      let getter = createTask { try await queue.get() }
      await settle()
      if putFirst { #expect(queue.tryPut(1)) }
      getter.cancel()
      if !putFirst { #expect(queue.tryPut(1)) }
      #expect(queue.tryPut(2))
      await #expect(throws: CancellationError.self) { try await getter.value }
      #expect(queue.unfinished == 2)
      let value = try await queue.get()
      #expect(value == 1)
      let second = try await queue.get()
      #expect(second == 2)
    }
  }

  @Test func `B24 The item goes to the next getter in line`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      let (first, second) = (
        createTask { try await queue.get() }, createTask { try await queue.get() }
      )
      await settle()
      #expect(queue.tryPut(1))
      first.cancel()
      await #expect(throws: CancellationError.self) { try await first.value }
      let value = try await second.value
      #expect(value == 1)
    }
  }

  @Test func `A cancelled put leaves nothing behind`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(1)
      let putters = (2...3).map { item in createTask { try await queue.put(item) } }
      await settle()
      putters[0].cancel()
      await #expect(throws: CancellationError.self) { try await putters[0].value }
      let value = try await queue.get()
      #expect(value == 1)
      let second = try await queue.get()
      #expect(second == 3)
      #expect(queue.unfinished == 2 && queue.isEmpty)
    }
  }

  @Test func `A put that was let in before its cancellation has put`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      try await queue.put(1)
      let putter = createTask { try await queue.put(2) }
      await settle()
      #expect(queue.tryGet() == 1)
      putter.cancel()
      try await putter.value
      #expect(queue.tryGet() == 2)
    }
  }

  @Test func `A join that is cancelled leaves the queue alone`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      try await queue.put(1)
      let joiner = createTask { try await queue.join() }
      await settle()
      joiner.cancel()
      await #expect(throws: CancellationError.self) { try await joiner.value }
      queue.taskDone()
      try await queue.join()
    }
  }

  @Test func `B27 Getters that give up again and again leave nothing`() throws {
    try onLoop {
      let queue = AsyncQueue<Int>()
      for _ in 0..<10_000 {
        _ = try await moveOn(after: .milliseconds(1)) { try await queue.get() }
      }
      #expect(queue.statistics.waitingGetters == 0)
      #expect(EventLoop.current?.timers.isEmpty == true)
    }
  }

  @Test func `No item is lost or doubled, and nobody waits at the end, under any schedule`() throws
  {
    try explore(seeds: 0..<300) { seed in
      let (queue, taken) = (AsyncQueue<Int>(maxSize: 3), Log<Int>())
      let consumers = (0..<4).map { number in
        createTask {
          var generator = SplitMix64(seed: seed &+ UInt64(number) &* 977)
          for try await item in queue {
            taken.record(item)
            queue.taskDone()
            for _ in 0..<generator.next(below: 3) { await Task.yield() }
          }
        }
      }
      let impatient = createTask {
        for _ in 0..<20 {
          if let item = try await moveOn(after: .zero, { try await queue.get() }) {
            taken.record(item)
            queue.taskDone()
          }
          await Task.yield()
        }
      }
      consumers[0].cancel()
      try await gather(0..<3) { producer in
        for item in 0..<10 { try await queue.put(producer * 10 + item) }
      }
      try await queue.join()
      queue.shutdown()
      for task in consumers + [impatient] { _ = await task.result }
      #expect(taken.entries.sorted() == Array(0..<30), "seed \(seed)")
      let statistics = queue.statistics
      #expect(statistics.waitingGetters + statistics.waitingPutters + statistics.count == 0)
    }
  }
}
