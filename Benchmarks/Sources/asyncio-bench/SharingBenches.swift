// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Synchronization

/// What tasks share: queues, permits, events.
enum SharingBenches {
  /// Two tasks, two queues of one item, `count` messages in all.
  static func pingpong(_ count: Int) async throws {
    let (toB, toA) = (AsyncQueue<Int>(maxSize: 1), AsyncQueue<Int>(maxSize: 1))
    let b = createTask {
      for _ in 0..<count / 2 { try await toA.put(try await toB.get() + 1) }
    }
    let a = createTask {
      for index in 0..<count / 2 {
        try await toB.put(index)
        expect(try await toA.get(), index + 1)
      }
    }
    try await a.value
    try await b.value
  }

  /// One producer, four consumers, and a join at the end.
  static func queue(_ count: Int) async throws {
    let queue = AsyncQueue<Int>(maxSize: 100)
    let consumers = (0..<4).map { _ in
      createTask {
        var taken = 0
        for try await _ in queue {
          taken += 1
          queue.taskDone()
        }
        return taken
      }
    }
    for index in 0..<count { try await queue.put(index) }
    try await queue.join()
    queue.shutdown()
    var total = 0
    for consumer in consumers { total += try await consumer.value }
    expect(total, count)
  }

  static func semaphore(_ count: Int) async throws {
    let semaphore = AsyncSemaphore(permits: 10)
    let tasks = (0..<1000).map { _ in
      createTask {
        for _ in 0..<count / 1000 {
          try await semaphore.withPermit { await Task.yield() }
        }
      }
    }
    for task in tasks { try await task.value }
    expect(semaphore.availablePermits, 10)
  }

  /// `count` messages of 1 KiB there and back, through one pair of sockets.
  static func stream(_ count: Int) async throws {
    let (client, server) = try UnixStream.pair()
    let echo = createTask {
      while case let bytes = try await server.read(), !bytes.isEmpty {
        try await server.write(bytes)
      }
    }
    let message = [UInt8](repeating: 7, count: 1024)
    for _ in 0..<count {
      try await client.write(message)
      expect(try await client.readExactly(1024).count, 1024)
    }
    await client.close()
    try await echo.value
  }

  /// Parks `count` tasks on one event.
  ///
  /// Returns the resident memory when all are parked, and how long it took to wake and join them.
  static func idle(_ count: Int) async throws -> (residentKilobytes: Int, wake: Duration) {
    let event = AsyncEvent()
    let parked = Counter()
    let tasks = (0..<count).map { _ in
      createTask {
        parked.increment()
        try await event.wait()
      }
    }
    while parked.value < count { try await sleep(for: .milliseconds(1)) }
    try await sleep(for: .milliseconds(20))
    let resident = Process.residentKilobytes
    let start = ContinuousClock.now
    event.set()
    for task in tasks { try await task.value }
    return (resident, ContinuousClock.now - start)
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func increment() { count.add(1, ordering: .relaxed) }
}
