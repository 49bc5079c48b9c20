// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Circles of tasks that wait for one another's locks and ends.
@Suite struct LockCircleTests {
  /// Tasks each of which holds a lock and wants the next one's.
  private func runCircle(of count: Int, seed: UInt64) async throws -> (done: Int, deadlocks: Int) {
    let locks = (0..<count).map { _ in AsyncLock() }
    let holders = AsyncBarrier(parties: count)
    let results = await gatherResults(0..<count) { index in
      try await locks[index].withLock {
        try await holders.arriveAndWait()
        try await locks[(index + 1) % count].withLock {}
      }
    }
    let deadlocks = results.count { result in
      if case .failure(let error) = result { error is DeadlockError } else { false }
    }
    return (results.count - deadlocks, deadlocks)
  }

  @Test(arguments: 2...5)
  func `One task of a circle gets the error, all others get their locks`(_ count: Int) throws {
    try explore(seeds: 0..<50) { seed in
      let (done, deadlocks) = try await self.runCircle(of: count, seed: seed)
      #expect(done == count - 1 && deadlocks == 1)
    }
  }

  @Test func `The error names all tasks of the circle, in order`() throws {
    try onLoop {
      let (one, other) = (AsyncLock(), AsyncLock())
      let first = createTask(name: "first") {
        try await one.withLock {
          try await sleep(for: .seconds(1))
          try await other.withLock {}
        }
      }
      let second = createTask(name: "second") {
        try await other.withLock {
          try await sleep(for: .seconds(2))
          try await one.withLock {}
        }
      }
      let error = await #expect(throws: DeadlockError.self) { try await second.value }
      #expect(error?.isCircle == true && error?.tasks.map(\.name) == ["second", "first"])
      #expect(error?.tasks.allSatisfy { $0.waitsFor == .lock } == true)
      try await first.value
    }
  }

  @Test func `With a timeout in it, it is no circle`() throws {
    try onLoop {
      let (one, other) = (AsyncLock(), AsyncLock())
      let first = createTask {
        try await one.withLock {
          try await sleep(for: .seconds(1))
          try await withTimeout(.seconds(5)) { try await other.withLock {} }
        }
      }
      let second = createTask {
        try await other.withLock {
          try await sleep(for: .seconds(2))
          try await one.withLock {}
        }
      }
      await #expect(throws: TimeoutError.self) { try await first.value }
      try await second.value
    }
  }

  @Test func `A task that waits for a child which waits for its lock is told`() throws {
    try onLoop {
      let lock = AsyncLock()
      // The child is first, so the parent closes the circle.
      await #expect(throws: ErrorGroup.self) {
        try await withTaskScope { scope in
          try await lock.withLock {
            let child = scope.spawn { try await lock.withLock {} }
            try await sleep(for: .seconds(1))
            _ = try await child.value
          }
        }
      }
      #expect(!lock.isLocked)
    }
  }

  @Test func `The end of a scope whose child waits for its lock is an error, not a hang`() throws {
    try onLoop {
      let lock = AsyncLock()
      let error = await #expect(throws: ErrorGroup.self) {
        try await lock.withLock {
          try await withTaskScope { scope in
            scope.spawn { try await lock.withLock {} }
            try await sleep(for: .seconds(1))
          }
        }
      }
      #expect(error?.first(of: DeadlockError.self) != nil)
      #expect(!lock.isLocked)
    }
  }

  @Test func `A child of gather that wants its parent's lock is told`() throws {
    try onLoop {
      let lock = AsyncLock()
      await #expect(throws: DeadlockError.self) {
        try await lock.withLock {
          _ = try await gather([1]) { _ in try await lock.withLock {} }
        }
      }
    }
  }

  @Test func `ChildTable that wait for each other are told`() throws {
    try onLoop {
      let error = await #expect(throws: ErrorGroup.self) {
        try await withTaskScope(onFailure: .keepGoing) { scope in
          let slot = Guarded<ChildTask<Int>?>(nil)
          let first = scope.spawn {
            try await sleep(for: .seconds(1))
            return try await slot.withLock { $0 }?.value ?? 0
          }
          slot.withLock { $0 = scope.spawn { try await first.value } }
        }
      }
      #expect(error?.first(of: DeadlockError.self) != nil)
    }
  }

  @Test func `Long chains without a circle are none`() throws {
    try explore(seeds: 0..<20) { _ in
      let locks = (0..<6).map { _ in AsyncLock() }
      _ = try await gather(0..<40) { index in
        try await locks[index % 3].withLock {
          await Task.yield()
          try await locks[3 + index % 3].withLock { await Task.yield() }
        }
      }
      #expect(locks.allSatisfy { !$0.isLocked })
    }
  }
}
