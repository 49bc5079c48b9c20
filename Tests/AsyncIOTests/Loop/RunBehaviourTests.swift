// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Synchronization
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct RunBehaviourTests {
  @Test func `run-003: The settings of a run can be seen inside`() throws {
    let threshold = try EventLoop.run(
      .init(mode: .scoped, slowStepThreshold: .milliseconds(7))
    ) { EventLoop.current?.configuration.slowStepThreshold }
    #expect(threshold == .milliseconds(7))
    let standard = try EventLoop.run(.init(mode: .scoped)) {
      EventLoop.current?.configuration.slowStepThreshold
    }
    #expect(standard == .milliseconds(100))
  }

  @Test func `run-006: An error thrown in answer to the end of the run is logged once`() throws {
    let lines = try LogCapture.capture {
      let value = try onLoop {
        createTask(name: "background") {
          do { try await sleep(for: .seconds(3600)) } catch { throw TestFailure("in clean-up") }
        }
        await settle()
        return 123
      }
      #expect(value == 123)
    }
    let about = lines.filter { $0.contains("in clean-up") }
    #expect(about.count == 1)
    #expect(about.first?.contains("task \"background\"") == true)
  }

  @Test func `run-007: The body's own error comes out, and a background iteration ends`() throws {
    let ended = Log<String>()
    let lines = LogCapture.capture {
      #expect(throws: TestFailure("body")) {
        try onLoop {
          let queue = AsyncQueue<Int>()
          createTask {
            defer { ended.record("ended") }
            do {
              for try await _ in queue {}
            } catch {
              throw TestFailure("background")
            }
          }
          await settle()
          throw TestFailure("body")
        }
      }
    }
    #expect(ended.entries == ["ended"])
    #expect(lines.filter { $0.contains("background") }.count == 1)
  }

  @Test func `run-022: What one run was told of a descriptor is not told to the next`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    defer { close(writer) }
    defer { close(reader) }
    let log = Log<Int>()
    for round in 1...2 {
      try EventLoop.run(.init(mode: .scoped)) {
        if round == 1 {
          let loop = try #require(EventLoop.current)
          let task = createTask {
            try await loop.readable(reader)
            log.record(round)
          }
          await settle()
          _ = write(writer, "x", 1)
          try await task.value
        }
        try await sleep(for: .milliseconds(5))
      }
    }
    #expect(log.entries == [1])
  }

  @Test func `run-024: A foreign thread has no loop`() throws {
    try onLoop {
      let seen = try await runBlocking { EventLoop.current == nil }
      #expect(seen)
    }
  }
}
