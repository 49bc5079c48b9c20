// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueShutdownTests {
  @Test(arguments: QueueKind.allCases)
  func `B30 After shutdown nothing is put, and what is left can be got`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make()
      try await queue.put(1)
      queue.shutdown(immediate: false)
      #expect(queue.statistics.isShutDown)
      await #expect(throws: QueueShutDownError.self) { try await queue.put(2) }
      #expect(!queue.tryPut(2))
      let item = try await queue.get()
      #expect(item == 1)
      await #expect(throws: QueueShutDownError.self) { try await queue.get() }
      await #expect(throws: QueueShutDownError.self) { try await queue.useItem { _ in } }
      #expect(queue.tryGet() == nil)
    }
  }

  @Test(arguments: QueueKind.allCases, [true, false])
  func `B30 Shutdown sends waiting getters away`(kind: QueueKind, immediate: Bool) throws {
    try onLoop {
      let queue = kind.make()
      let tasks = await startInTurn(1...2) { _ in _ = try await queue.get() }
      queue.shutdown(immediate: immediate)
      for task in tasks {
        await #expect(throws: QueueShutDownError.self) { try await task.value }
      }
      #expect(queue.statistics.waitingGetters == 0)
    }
  }

  @Test(arguments: QueueKind.allCases, [true, false])
  func `B30 Shutdown sends waiting putters away, and their items`(
    kind: QueueKind, immediate: Bool
  ) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      let tasks = await startInTurn(2...3) { number in try await queue.put(number) }
      queue.shutdown(immediate: immediate)
      for task in tasks {
        await #expect(throws: QueueShutDownError.self) { try await task.value }
      }
      #expect(queue.tryGet() == (immediate ? nil : 1))
      #expect(queue.tryGet() == nil)
      #expect(queue.unfinished == (immediate ? 0 : 1))
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B30 Joining a queue that is shut down ends when its items are done`(
    kind: QueueKind
  ) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<String>())
      for item in 1...2 { try await queue.put(item) }
      let joiners = await startInTurn(1...1) { _ in
        try await queue.join()
        log.record("joined")
      }
      queue.shutdown(immediate: false)
      for _ in 1...2 {
        await settle()
        #expect(log.entries.isEmpty)
        _ = try await queue.get()
        queue.taskDone()
      }
      for joiner in joiners { try await joiner.value }
      #expect(log.entries == ["joined"])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B31 An immediate shutdown drops items, frees join and forgives a late taskDone`(
    kind: QueueKind
  ) throws {
    try onLoop {
      let queue = kind.make()
      for item in 1...3 { try await queue.put(item) }
      _ = try await queue.get()
      let joiners = await startInTurn(1...1) { _ in try await queue.join() }
      queue.shutdown(immediate: true)
      for joiner in joiners { try await joiner.value }
      #expect(queue.isEmpty)
      #expect(queue.unfinished == 0)
      queue.taskDone()
      #expect(queue.unfinished == 0)
      await #expect(throws: QueueShutDownError.self) { try await queue.get() }
      try await queue.join()
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Shutting down again changes nothing, but immediate drops what was left`(
    kind: QueueKind
  ) throws {
    try onLoop {
      let queue = kind.make()
      try await queue.put(1)
      queue.shutdown(immediate: false)
      queue.shutdown(immediate: false)
      #expect(queue.count == 1)
      queue.shutdown(immediate: true)
      #expect(queue.isEmpty)
      queue.shutdown(immediate: false)
      try await queue.join()
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `An item given in the turn of the shutdown arrives`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make()
      let getter = createTask { try await queue.get() }
      await settle()
      #expect(queue.tryPut(1))
      queue.shutdown(immediate: false)
      let item = try await getter.value
      #expect(item == 1)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Let in in the turn of the shutdown, an item is in`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make(maxSize: 1)
      try await queue.put(1)
      let putter = createTask { try await queue.put(2) }
      await settle()
      #expect(queue.tryGet() == 1)
      queue.shutdown(immediate: false)
      try await putter.value
      #expect(queue.tryGet() == 2)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `An item that comes back after the shutdown can still be got`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make()
      let getter = createTask { try await queue.get() }
      await settle()
      #expect(queue.tryPut(1))
      queue.shutdown(immediate: false)
      getter.cancel()
      await #expect(throws: CancellationError.self) { try await getter.value }
      let item = try await queue.get()
      #expect(item == 1)
      await #expect(throws: QueueShutDownError.self) { try await queue.get() }
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `An item that comes back after an immediate shutdown is dropped`(kind: QueueKind) throws {
    try onLoop {
      let queue = kind.make()
      let getter = createTask { try await queue.get() }
      await settle()
      #expect(queue.tryPut(1))
      queue.shutdown(immediate: true)
      getter.cancel()
      await #expect(throws: CancellationError.self) { try await getter.value }
      #expect(queue.isEmpty)
      #expect(queue.unfinished == 0)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Iteration ends when the queue is shut down and drained`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<Int>())
      let reader = createTask {
        try await queue.forEach { item in
          log.record(item)
          queue.taskDone()
        }
      }
      await settle()
      for item in 1...3 {
        try await queue.put(item)
        await settle()
      }
      try await queue.join()
      queue.shutdown(immediate: false)
      try await reader.value
      #expect(log.entries == [1, 2, 3])
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `Several readers share the items, each goes to one of them`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(maxSize: 2), Log<Int>())
      let readers = await startInTurn(1...3) { _ in
        try await queue.forEach { item in
          log.record(item)
          try await sleep(for: .milliseconds(1))
        }
      }
      for item in 0..<10 { try await queue.put(item) }
      queue.shutdown(immediate: false)
      for reader in readers { try await reader.value }
      #expect(log.entries.sorted() == Array(0..<10))
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `A reader that is cancelled throws, and its item stays`(kind: QueueKind) throws {
    try onLoop {
      let (queue, log) = (kind.make(), Log<Int>())
      let reader = createTask { try await queue.forEach { log.record($0) } }
      await settle()
      #expect(queue.tryPut(1))
      reader.cancel()
      await #expect(throws: CancellationError.self) { try await reader.value }
      #expect(log.entries.isEmpty)
      #expect(queue.tryGet() == 1)
    }
  }

  @Test(arguments: QueueKind.allCases)
  func `B33 Counts never go below zero while a queue ends`(kind: QueueKind) throws {
    try explore(seeds: 0..<20) { _ in
      let queue = kind.make(maxSize: 2)
      let tasks = (0..<6).map { number in
        createTask {
          if number < 3 { try await queue.put(number) } else { _ = try await queue.get() }
          try require(queue.count >= 0 && queue.unfinished >= 0, "\(queue.statistics)")
        }
      }
      await Task.yield()
      queue.shutdown(immediate: true)
      for task in tasks {
        do { try await task.value } catch is QueueShutDownError {}
      }
      let statistics = queue.statistics
      try require(statistics.count == 0 && statistics.unfinished == 0, "\(statistics)")
    }
  }
}
