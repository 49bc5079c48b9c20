// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Synchronization
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@concurrent private func threadOfConcurrentFunction() async -> UInt { UInt(pthread_self()) }

@Suite struct LoopPoolTests {
  private struct Failure: Error {}

  /// Runs `body` with a pool of two loops, and closes it.
  private func withPool<Success: Sendable>(
    _ body: @escaping @Sendable (LoopPool) async throws -> Success
  ) throws -> Success {
    try onNetworkLoop {
      let pool = try LoopPool(loops: 2)
      do {
        let value = try await body(pool)
        await pool.close()
        return value
      } catch {
        await pool.close()
        throw error
      }
    }
  }

  @Test func `There is a loop for each processor, or as many as are asked for`() throws {
    try onNetworkLoop {
      let usual = try LoopPool()
      #expect(usual.count == max(1, ProcessInfo.processInfo.activeProcessorCount))
      await usual.close()
      let three = try LoopPool(loops: .count(3), configuration: .init(name: "work"))
      #expect(three.loops.map(\.configuration.name) == ["work-0", "work-1", "work-2"])
      await three.close()
    }
  }

  @Test func `Work runs on the loop that was asked for, concurrent functions included`() throws {
    try withPool { pool in
      let caller = UInt(pthread_self())
      for index in 0..<2 {
        let (one, other, loop) = try await pool.run(on: index) {
          (
            UInt(pthread_self()), await threadOfConcurrentFunction(),
            EventLoop.current?.configuration.name
          )
        }
        #expect(one == other)
        #expect(one != caller)
        #expect(loop == "pool-\(index)")
      }
      #expect(UInt(pthread_self()) == caller)
      let names = try await gather(0..<4) { _ in
        try await pool.run { EventLoop.current?.configuration.name ?? "none" }
      }
      #expect(Set(names) == ["pool-0", "pool-1"])
    }
  }

  @Test func `Errors come out, and cancellation reaches the loop and is awaited`() throws {
    try withPool { pool in
      await #expect(throws: Failure.self) { try await pool.run { throw Failure() } }
      let began = AsyncEvent()
      let ended = AsyncEvent()
      try await withTaskScope { scope in
        let call = scope.spawn {
          try await pool.run(on: 1) {
            defer { ended.set() }
            began.set()
            try await sleep(for: .seconds(3600))
          }
        }
        try await began.wait()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(ended.isSet)
      }
    }
  }

  @Test func `Spread work uses all loops, keeps the order, and ends with the first error`() throws {
    try withPool { pool in
      let meeting = AsyncBarrier(parties: 2)
      // Two that wait for each other: neither loop alone could do both.
      let results = try await pool.spread(0..<2) { input in
        _ = try await meeting.arriveAndWait()
        return (input, EventLoop.current?.configuration.name)
      }
      #expect(results.map(\.0) == [0, 1])
      #expect(Set(results.map(\.1)) == ["pool-0", "pool-1"])
      #expect(try await pool.spread(0..<1_000) { $0 * 2 } == (0..<1_000).map { $0 * 2 })
      #expect(try await pool.spread([Int]()) { $0 } == [])
      let count = Atomic<Int>(0)
      await #expect(throws: Failure.self) {
        _ = try await pool.spread(0..<100_000) { input in
          count.wrappingAdd(1, ordering: .relaxed)
          if input == 10 { throw Failure() }
        }
      }
      let begun = count.load(ordering: .relaxed)
      #expect(begun < 100_000)
    }
  }

  @Test func `Closing cancels and awaits what runs, and nothing runs afterwards`() throws {
    try onNetworkLoop {
      let pool = try LoopPool(loops: 2)
      let began = AsyncEvent()
      try await withTaskScope { scope in
        let call = scope.spawn {
          try await pool.run {
            began.set()
            try await sleep(for: .seconds(3600))
          }
        }
        try await began.wait()
        await pool.close()
        await #expect(throws: CancellationError.self) { try await call.value }
      }
      #expect(pool.isClosed)
      await #expect(throws: EventLoopError.self) { try await pool.run {} }
      await pool.close()
    }
  }

  @Test func `Connections are handed to the loops in turn, and stay there`() throws {
    try withPool { pool in
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      try await withTaskScope { scope in
        scope.spawn {
          try await listener.serve(on: pool) { stream in
            while case let bytes = try await stream.read(), !bytes.isEmpty {
              try await stream.write(EventLoop.current?.configuration.name ?? "none")
            }
          }
        }
        let names = try await gather(0..<10) { _ in
          let client = try await TCPStream.connect(to: listener.localAddress)
          var names: Set<String> = []
          for _ in 0..<5 {
            try await client.write("which?")
            names.insert(try await client.readExactly(6).text)
          }
          await client.close()
          #expect(names.count == 1)
          return names.first ?? ""
        }
        #expect(names.filter { $0 == "pool-0" }.count == 5)
        await listener.close(grace: .seconds(5))
      }
    }
  }

  @Test func `A pool that is closed ends who serves on it`() throws {
    try onNetworkLoop {
      let pool = try LoopPool(loops: 1)
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await listener.serve(on: pool) { _ in } }
      await Task.yield()
      await pool.close()
      await #expect(throws: EventLoopError.self) { try await serving.value }
    }
  }

  @Test func `In virtual time a pool waits for work, too`() throws {
    try onNetworkLoop {
      let pool = try LoopPool(loops: 2, configuration: .init(name: "virtual", clock: .virtual))
      for _ in 0..<3 {
        try await pool.run { try await sleep(for: .seconds(3600)) }
        try await until { pool.loops.allSatisfy(\.inbox.loopSleeps) }
      }
      await pool.close()
    }
  }

  @Test func `What loops share wakes the loop of who waits, once for many`() throws {
    try withPool { pool in
      let queue = AsyncQueue<Int>()
      let began = AsyncEvent()
      let total = 10_000
      let (sum, wakeups) = try await pool.withConsumer(on: 1, began) {
        let before = EventLoop.current?.metrics.wakeups ?? 0
        began.set()
        var sum = 0
        for _ in 0..<total { sum += try await queue.get() }
        return (sum, (EventLoop.current?.metrics.wakeups ?? 0) - before)
      } meanwhile: {
        try await pool.run(on: 0) { for value in 0..<total { try await queue.put(value) } }
      }
      #expect(sum == total * (total - 1) / 2)
      #expect(wakeups <= total)
    }
  }

  @Test func `Locks and semaphores hold between loops`() throws {
    try withPool { pool in
      let lock = AsyncLock()
      let counter = UncheckedSendable(UnsafeMutablePointer<Int>.allocate(capacity: 1))
      counter.value.initialize(to: 0)
      defer { counter.value.deallocate() }
      _ = try await gather(0..<8) { worker in
        try await pool.run(on: worker % 2) {
          for _ in 0..<500 {
            try await lock.withLock {
              let value = counter.value.pointee
              await Task.yield()
              counter.value.pointee = value + 1
            }
          }
        }
      }
      #expect(counter.value.pointee == 4_000)
    }
  }
}

extension LoopPool {
  /// Runs `consume` on a loop, and `produce` once that has begun.
  fileprivate func withConsumer<Success: Sendable>(
    on index: Int, _ began: AsyncEvent, _ consume: @escaping @Sendable () async throws -> Success,
    meanwhile produce: @escaping @Sendable () async throws -> Void
  ) async throws -> Success {
    try await withTaskScope { scope in
      let consumer = scope.spawn { try await self.run(on: index, consume) }
      try await began.wait()
      try await produce()
      return try await consumer.value
    }
  }
}
