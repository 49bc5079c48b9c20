// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

private enum Local {
  @TaskLocal static var text = "default"
  @TaskLocal static var number = 0
}

@Suite struct TaskBehaviourTests {
  private static var names: [String?] { EventLoop.current?.tasks.map(\.name) ?? [] }

  @Test func `task-002: A task reports its name`() throws {
    try onLoop {
      let task = createTask(name: "users") { () -> String? in
        #expect(Self.names.contains("users"))
        return Task.name
      }
      let name = try await task.value
      #expect(name == "users")
    }
  }

  @Test func `task-003: Tasks without a name are numbered in the order of their creation`() throws {
    try onLoop {
      let tasks = (0..<2).map { _ in createTask { try await sleep(for: .seconds(1)) } }
      let unnamed = (EventLoop.current?.tasks ?? []).filter { $0.name == nil }
      #expect(unnamed.count == 2)
      #expect(unnamed.map(\.id) == unnamed.map(\.id).sorted())
      #expect(Set(unnamed.map(\.description)).count == 2)
      for task in tasks { try await task.value }
    }
  }

  @Test func `task-007: A task that awaits itself is reported as a deadlock`() throws {
    let error = #expect(throws: DeadlockError.self) {
      try onLoop {
        let own = Guarded<Task<Void, any Error>?>(nil)
        let task = createTask(name: "narcissus") {
          await Task.yield()
          try await own.withLock { $0 }?.value
        }
        own.withLock { $0 = task }
        try await task.value
      }
    }
    #expect(error?.tasks.contains { $0.name == "narcissus" } == true)
  }

  @Test func `task-012: Whoever runs finds itself`() throws {
    try onLoop {
      let (toFirst, toSecond, log) = (AsyncEvent(), AsyncEvent(), Log<String?>())
      let first = createTask(name: "first") {
        log.record(Task.name)
        toSecond.set()
        try await toFirst.wait()
        log.record(Task.name)
      }
      let second = createTask(name: "second") {
        try await toSecond.wait()
        log.record(Task.name)
        toFirst.set()
        await Task.yield()
        log.record(Task.name)
      }
      try await first.value
      try await second.value
      #expect(log.entries == ["first", "second", "first", "second"])
    }
  }

  @Test func `task-014: The list has each living task of its own loop once`() throws {
    try onLoop {
      let living = createTask(name: "living") { try await sleep(for: .seconds(1)) }
      let ended = createTask(name: "ended") {}
      try await ended.value
      // Not this other loop's.
      let others = try await runBlocking {
        try onLoop {
          let other = createTask(name: "other") { try await sleep(for: .seconds(1)) }
          let names = Self.names
          try await other.value
          return names
        }
      }
      #expect(others.filter { $0 == "other" }.count == 1)
      #expect(!others.contains("living"))
      #expect(Self.names.filter { $0 == "living" }.count == 1)
      #expect(!Self.names.contains("ended"))
      #expect(!Self.names.contains("other"))
      try await living.value
    }
  }

  @Test func `task-015: A task that only its waiting keeps is listed, and ended with the run`()
    throws
  {
    let ended = Log<String>()
    let error = #expect(throws: DeadlockError.self) {
      try onLoop {
        createTask(name: "forgotten") {
          defer { ended.record("ended") }
          // Nobody else has this event.
          try await AsyncEvent().wait()
        }
        await settle()
        try await AsyncEvent().wait()
      }
    }
    #expect(error?.tasks.contains { $0.name == "forgotten" && $0.waitsFor == .event } == true)
    #expect(ended.entries == ["ended"])
  }

  @Test func `task-016: A task's error is the same each time it is read`() throws {
    try onLoop {
      let task = createTask { throw TestFailure("once") }
      var errors: [TestFailure] = []
      for _ in 0..<3 {
        do { try await task.value } catch let error as TestFailure { errors.append(error) }
      }
      #expect(errors == Array(repeating: TestFailure("once"), count: 3))
    }
  }

  @Test func `task-017: A task has the task-local values of its creation`() throws {
    try onLoop {
      let (gate, log) = (AsyncEvent(), Log<String>())
      let task = Local.$text.withValue("nope") {
        createTask {
          try await gate.wait()
          log.record(Local.text)
          Local.$text.withValue("inner") { log.record(Local.text) }
        }
      }
      try await Local.$text.withValue("yes") {
        gate.set()
        try await task.value
        log.record(Local.text)
      }
      #expect(log.entries == ["nope", "inner", "yes"])
      #expect(Local.text == "default")
    }
  }

  @Test func `task-018: Task-local values stay with their tasks`() throws {
    try onLoop(order: .seeded(7)) {
      let (mixed, seenByCallbacks) = (Log<Int>(), Log<Int>())
      let tasks = await startInTurn(1...100) { number in
        for round in 0..<3 {
          try await Local.$number.withValue(number * 10 + round) {
            EventLoop.current?.schedule { seenByCallbacks.record(Local.number) }
            try await sleep(for: .milliseconds((number * 7 + round * 3) % 11))
            if Local.number != number * 10 + round { mixed.record(number) }
          }
        }
      }
      for task in tasks { try await task.value }
      #expect(mixed.entries.isEmpty)
      #expect(seenByCallbacks.entries == Array(repeating: 0, count: 300))
      #expect(Local.number == 0)
    }
  }

  @Test func `task-023: An eager task finds itself, and is listed while it lives`() throws {
    try onLoop {
      let (gate, log) = (AsyncEvent(), Log<String>())
      let note: @Sendable () -> Void = {
        let listed = Self.names.contains("eager") ? "listed" : "not listed"
        log.record("\(Task.name ?? "none") \(Local.text) \(listed)")
      }
      let task = Local.$text.withValue("inherited") {
        createTask(name: "eager", eager: true) {
          log.record("\(Task.name ?? "none") \(Local.text)")
          try await gate.wait()
          note()
        }
      }
      #expect(log.entries == ["eager inherited"])
      #expect(Self.names.contains("eager"))
      #expect(Local.text == "default")
      gate.set()
      try await task.value
      #expect(log.entries.last == "eager inherited listed")
      #expect(!Self.names.contains("eager"))
    }
  }

  @Test func `task-024: A hundred nested calls take no task of their own`() throws {
    @Sendable func descend(_ depth: Int) async throws -> Int {
      if depth == 0 { return EventLoop.current?.tasks.count ?? 0 }
      await Task.yield()
      return try await descend(depth - 1)
    }
    try onLoop {
      let before = EventLoop.current?.tasks.count
      let atTheBottom = try await descend(100)
      #expect(atTheBottom == before)
    }
  }

  @Test(arguments: [Duration.zero, .milliseconds(1)])
  func `task-025: Code gives the same results whether slow steps are reported or not`(
    threshold: Duration
  ) throws {
    let configuration = EventLoop.Configuration(
      mode: .scoped, slowStepThreshold: threshold, clock: .virtual)
    let values = try EventLoop.run(configuration) {
      try await gather(0..<10) { number in
        try await sleep(for: .milliseconds(10 - number))
        return number * number
      }
    }
    #expect(values == (0..<10).map { $0 * $0 })
  }
}
