// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// One wait, decided once, before its task has suspended or after.
@Suite struct OneShotTests {
  @Test func `A wait is decided once`() {
    let wait = SingleWait()
    #expect(!wait.isDecided && wait.signal == nil)
    #expect(wait.decide(.granted))
    #expect(!wait.decide(.cancelled))
    #expect(wait.isDecided && wait.signal == .granted)
    wait.reset()
    #expect(!wait.isDecided && wait.signal == nil)
    #expect(wait.decide(.closed))
    #expect(wait.signal == .closed)
  }

  @Test func `A task that suspends after the decision goes on`() throws {
    try onLoop {
      let wait = SingleWait()
      wait.decide(.granted)
      await OneShot.suspend(until: wait.address)
      #expect(wait.signal == .granted)
    }
  }

  @Test func `A decision resumes the task, and a second one does nothing`() throws {
    try onLoop {
      let wait = SingleWait()
      let resumed = Log<Int>()
      let task = createTask {
        await OneShot.suspend(until: wait.address)
        resumed.record(1)
      }
      await settle()
      #expect(resumed.entries.isEmpty)
      #expect(wait.decide(.ended))
      #expect(!wait.decide(.granted))
      try await task.value
      #expect(resumed.entries == [1] && wait.signal == .ended)
    }
  }

  @Test func `Off loops a task waits in a continuation`() async {
    let wait = SingleWait()
    Thread.detachNewThread { wait.decide(.granted) }
    await OneShot.suspend(until: wait.address)
    #expect(wait.signal == .granted)
  }

  @Test func `Of many threads that decide at once, one does`() async {
    let signals: [OneShot.Signal] = [.granted, .cancelled, .ended, .closed]
    for round in 0..<200 {
      let wait = SingleWait()
      let deciders = Log<OneShot.Signal>()
      async let suspended: Void = OneShot.suspend(until: wait.address)
      await withTaskGroup { group in
        for signal in signals {
          group.addTask { if wait.decide(signal) { deciders.record(signal) } }
        }
      }
      await suspended
      #expect(deciders.entries.count == 1, "round \(round)")
      #expect(deciders.entries.first == wait.signal)
    }
  }
}
