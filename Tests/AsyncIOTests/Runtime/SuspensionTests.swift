// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// How a task suspends, and where it goes on.
@Suite struct SuspensionTests {
  @Test func `A task goes on at its loop, with its task-local values and its actor`() throws {
    try onLoop {
      let loop = try #require(EventLoop.current)
      await Local.$value.withValue(7) {
        let wait = SingleWait()
        loop.schedule { wait.decide(.granted) }
        await OneShot.suspend(until: wait.address)
        #expect(EventLoop.current === loop && Local.value == 7)
      }
      #expect(await Place().isSafe(loop))
    }
  }

  @Test func `A handler runs once when the task is cancelled while it waits`() throws {
    try onLoop {
      let (wait, calls) = (SingleWait(), Log<Int>())
      let task = createTask {
        await OneShot.suspend(until: wait.address) {
          calls.record(1)
          wait.decide(.cancelled)
        }
        return wait.signal
      }
      await settle()
      #expect(calls.entries.isEmpty)
      task.cancel()
      task.cancel()
      let signal = try await task.value
      #expect(signal == .cancelled)
      #expect(calls.entries == [1])
    }
  }

  @Test func `A handler runs at once when the task was cancelled before`() throws {
    try onLoop {
      let (wait, calls) = (SingleWait(), Log<Int>())
      let task = createTask {
        withUnsafeCurrentTask { $0?.cancel() }
        await OneShot.suspend(until: wait.address) {
          calls.record(1)
          wait.decide(.cancelled)
        }
      }
      try await task.value
      #expect(calls.entries == [1] && wait.signal == .cancelled)
    }
  }

  @Test func `After the wait no handler is left`() throws {
    try onLoop {
      let calls = Log<Int>()
      let isOver = AsyncEvent()
      let task = createTask {
        for _ in 0..<100 {
          let wait = SingleWait()
          wait.decide(.granted)
          await OneShot.suspend(until: wait.address) { calls.record(1) }
        }
        isOver.set()
        try await AsyncEvent().wait()
      }
      try await isOver.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(calls.entries.isEmpty)
    }
  }

  @Test func `A handler outside a wait runs besides the wait's own`() throws {
    try onLoop {
      let calls = Log<String>()
      let task = createTask {
        try await withTaskCancellationHandler {
          try await AsyncEvent().wait()
        } onCancel: {
          calls.record("outer")
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(calls.entries == ["outer"])
    }
  }

  @Test func `Decided by another thread while they suspend, all tasks go on`() throws {
    // On the system's clock: of the threads virtual time would know nothing.
    try EventLoop.run(.init(mode: .scoped)) {
      let loop = try #require(EventLoop.current)
      let hold = loop.hold()
      defer { hold.release() }
      for _ in 0..<200 {
        let waits = (0..<8).map { _ in SingleWait() }
        Thread.detachNewThread { for wait in waits { wait.decide(.granted) } }
        let places = try await gather(waits) { wait in
          await OneShot.suspend(until: wait.address)
          return wait.signal == .granted ? EventLoop.current : nil
        }
        #expect(places.allSatisfy { $0 === loop })
      }
    }
  }

  @Test func `A yield puts the task behind those that are ready, once`() throws {
    try onLoop {
      let order = Log<String>()
      let tasks = ["a", "b", "c"].map { name in
        createTask {
          for round in 1...3 {
            order.record("\(name)\(round)")
            await Task.yield()
          }
        }
      }
      for task in tasks { try await task.value }
      #expect(order.entries == ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"])
    }
  }

  private enum Local {
    @TaskLocal static var value = 0
  }

  private actor Place {
    private var number = 0

    /// Whether the code after waits and yields has the actor for itself.
    func isSafe(_ loop: EventLoop) async -> Bool {
      for _ in 0..<3 {
        let wait = SingleWait()
        loop.schedule { wait.decide(.granted) }
        await OneShot.suspend(until: wait.address)
        preconditionIsolated()
        await Task.yield()
        preconditionIsolated()
        number += 1
      }
      return number == 3 && EventLoop.current === loop
    }
  }
}
