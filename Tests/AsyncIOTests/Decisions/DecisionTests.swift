// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Decisions that no test of the part they concern shows; docs/decisions/0009 lists them all.
@Suite struct DecisionTests {
  @Test func `Decision: tryPeek shows the next item and leaves it`() {
    let (fifo, lifo, sorted) = (AsyncQueue<Int>(), AsyncLIFOQueue<Int>(), AsyncPriorityQueue<Int>())
    #expect(fifo.tryPeek() == nil)
    for item in [2, 3, 1] {
      #expect(fifo.tryPut(item))
      #expect(lifo.tryPut(item))
      #expect(sorted.tryPut(item))
    }
    #expect(fifo.tryPeek() == 2)
    #expect(lifo.tryPeek() == 1)
    #expect(sorted.tryPeek() == 1)
    let counts = [fifo.count, lifo.count, sorted.count]
    #expect(counts == [3, 3, 3])
  }

  @Test func `Decision: a wait for a descriptor is hope, and no deadlock`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    defer {
      close(reader)
      close(writer)
    }
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let thread = try onLoopOfItsOwnThread {
        usleep(20_000)
        _ = write(writer, "x", 1)
      }
      try await loop.readable(reader)
      try thread.wait()
    }
  }

  @Test func `Decision: the loop's time is that of ContinuousClock`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      // Not the same call, so not to the nanosecond; another clock would be off by far more.
      let difference = LoopClock.Instant(ContinuousClock.now).duration(to: .now)
      #expect(abs(difference / .seconds(1)) < 1)
    }
  }

  @Test func `Decision: tryPut fails while a producer waits, though there may be room by then`()
    throws
  {
    try onLoop {
      let queue = AsyncQueue<Int>(maxSize: 1)
      #expect(queue.tryPut(1))
      let producer = createTask { try await queue.put(2) }
      await settle()
      #expect(queue.tryGet() == 1)
      // The place is the producer's, who has not run yet.
      #expect(!queue.tryPut(3))
      try await producer.value
      #expect(queue.tryGet() == 2)
    }
  }

  @Test func `Decision: cancellation is sticky: each later wait throws again`() throws {
    try onLoop {
      let task = createTask { () -> Int in
        cancelThisTask()
        var thrown = 0
        do { try await sleep(for: .seconds(1)) } catch { thrown += 1 }
        do { try await AsyncEvent().wait() } catch { thrown += 1 }
        do { _ = try await AsyncQueue<Int>().get() } catch { thrown += 1 }
        do { try await AsyncSemaphore(permits: 1).acquire() } catch { thrown += 1 }
        do { try await withTaskScope { _ in } } catch { thrown += 1 }
        return thrown
      }
      let thrown = try await task.value
      #expect(thrown == 5)
    }
  }
}
