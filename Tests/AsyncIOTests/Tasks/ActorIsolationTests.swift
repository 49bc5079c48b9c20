// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore
@testable import AsyncIOPlatform

@Suite struct ActorIsolationTests {
  @Test func `The body of a timeout may touch its actor's state`() throws {
    let count = try onLoop { try await Counter().countInTimeouts() }
    #expect(count == 4)
  }

  @Test func `The body of a timeout may return what is not sendable to its own actor`() throws {
    let number = try onLoop { try await Counter().boxInTimeout() }
    #expect(number == 1)
  }

  @Test func `A permit's body may touch its actor's state`() throws {
    let count = try onLoop { try await Counter().countWithPermit() }
    #expect(count == 1)
  }

  @Test func `The body of a scope and its children may touch their actor's state`() throws {
    let count = try onLoop { try await Counter().countInScope() }
    #expect(count == 11)
  }

  @Test func `Gathered operations may touch their actor's state`() throws {
    let count = try onLoop { try await Counter().countInGather() }
    #expect(count == 12)
  }

  @Test func `A task created by an actor may touch its state`() throws {
    let count = try onLoop { try await Counter().countInTask() }
    #expect(count == 2)
  }

  @Test func `A cancellation shield's body may touch its actor's state`() throws {
    let count = try onLoop { try await Counter().countInShields() }
    #expect(count == 2)
  }

  @Test func `A blocking call from an actor comes back to it`() throws {
    let count = try onLoop { try await Counter().countAfterBlocking() }
    #expect(count == 3)
  }

  @Test func `An actor's code goes on at its loop after a call at another thread`() throws {
    try onLoop {
      try await Counter().callOtherThreads()
    }
  }

  @Test func `Many tasks of one actor lose no update`() throws {
    let count = try onLoop {
      let counter = Counter()
      _ = try await gather(0..<200) { _ in try await counter.countSlowly() }
      return await counter.count
    }
    #expect(count == 400)
  }
}

private final class Box {
  var number = 0
}

private actor Counter {
  private(set) var count = 0
  private let box = Box()

  func countInTimeouts() async throws -> Int {
    try await withTimeout(.seconds(1)) {
      count += 1
      try await sleep(for: .milliseconds(1))
      count += 1
    }
    try await withTimeout(.seconds(1)) { timeout in
      count += timeout.hasExpired ? 100 : 1
    }
    _ = try await moveOn(after: .seconds(1)) {
      count += 1
      try await sleep(for: .seconds(60))
    }
    return count
  }

  func boxInTimeout() async throws -> Int {
    let same = try await withTimeout(.seconds(1)) {
      box.number += 1
      return box
    }
    return same.number
  }

  func countWithPermit() async throws -> Int {
    let semaphore = AsyncSemaphore(permits: 1)
    try await semaphore.withPermit { count += 1 }
    return count
  }

  func countInScope() async throws -> Int {
    try await withTaskScope { scope in
      count += 1
      for _ in 0..<10 { scope.spawn { self.increment() } }
    }
    return count
  }

  func countInGather() async throws -> Int {
    _ = try await gather(0..<10) { _ in self.increment() }
    _ = try await gather({ self.increment() }, { self.increment() })
    return count
  }

  func countInTask() async throws -> Int {
    let task = createTask {
      self.increment()
      return self.count
    }
    _ = try await task.value
    let eager = createTask(eager: true) { self.increment() }
    try await eager.value
    return count
  }

  func countInShields() async throws -> Int {
    try await withCancellationShield(grace: .seconds(1)) {
      count += 1
      try await sleep(for: .milliseconds(1))
    }
    try await shield { self.increment() }
    return count
  }

  func countAfterBlocking() async throws -> Int {
    let number = try await runBlocking { 3 }
    count += number
    return count
  }

  func callOtherThreads() async throws {
    let loop = try #require(EventLoop.current)
    _ = try await runBlocking { 1 }
    #expect(EventLoop.current === loop)
    _ = try await runBlocking(abandonOnCancel: true) { 1 }
    #expect(EventLoop.current === loop)
    _ = try await LastingThread.run { 1 }
    #expect(EventLoop.current === loop)
    _ = try await Files.read("/etc/hostname")
    #expect(EventLoop.current === loop)
    let pool = try LoopPool(loops: 2)
    _ = try await pool.run { 1 }
    #expect(EventLoop.current === loop)
    await pool.close()
    #expect(EventLoop.current === loop)
  }

  func countSlowly() async throws {
    increment()
    try await sleep(for: .milliseconds(1))
    increment()
  }

  private func increment() { count += 1 }
}
