// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct GatherBehaviourTests {
  @Test func `gather-001: Values come in the order of the arguments, once the last is there`()
    throws
  {
    try onLoop {
      let gates = (0..<3).map { _ in AsyncEvent() }
      let gathered = Log<[Int]>()
      let task = createTask {
        gathered.record(
          try await gather(0..<3) { index in
            try await gates[index].wait()
            return [2, 1, 3][index]
          })
      }
      let collecting = createTask {
        await gatherResults(0..<3) { index in
          try await gates[index].wait()
          return [2, 1, 3][index]
        }
      }
      for index in [1, 0, 2] {
        await settle()
        #expect(gathered.entries.isEmpty)
        gates[index].set()
      }
      try await task.value
      #expect(gathered.entries == [[2, 1, 3]])
      let results = try await collecting.value
      #expect(results.compactMap { try? $0.get() } == [2, 1, 3])
    }
  }

  @Test func `gather-005: Values, errors and cancellations are all collected in order`() throws {
    try onLoop {
      let results = await gatherResults(0..<6) { (index: Int) async throws -> Int in
        switch index {
        case 1, 5: throw TestFailure("\(index)")
        case 2, 4: throw CancellationError()
        default: return index
        }
      }
      let kinds = results.map { result -> String in
        switch result {
        case .success(let value): "\(value)"
        case .failure(let error as TestFailure): "error \(error.name)"
        case .failure(is CancellationError): "cancelled"
        case .failure: "?"
        }
      }
      #expect(kinds == ["0", "error 1", "cancelled", "3", "cancelled", "error 5"])
    }
  }

  @Test func `gather-009: Values that are there win over a cancellation of the same turn`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<[Int]>())
      let task = createTask {
        log.record(
          try await gather(0..<2) { index in
            try await event.wait()
            return index
          })
        try await sleep(for: .seconds(1))
      }
      await settle()
      event.set()
      // Both children have run; their parent, which is ready now, has not.
      await Task.yield()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries == [[0, 1]])
    }
  }

  @Test func `gather-010: A cancellation ends a loop of collecting gathers`() throws {
    try onLoop {
      let log = Log<Int>()
      let task = createTask {
        while true {
          let results = await gatherResults([50]) { milliseconds in
            try await sleep(for: .milliseconds(milliseconds))
          }
          log.record(results.count)
          try Task.checkCancellation()
        }
      }
      try await sleep(for: .milliseconds(220))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.count == 5)
    }
  }

  @Test func `shield-005: A shielded gather completes though its waiter was cancelled`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<[Int]>())
      let task = createTask {
        try await shield {
          log.record(
            try await gather(0..<2) { index in
              try await event.wait()
              return index
            })
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(log.entries.isEmpty)
      event.set()
      await settle()
      #expect(log.entries == [[0, 1]])
    }
  }

  @Test func `shield-006: Cancelling a gather of shielded work leaves the work alone`() throws {
    try onLoop {
      let (event, log) = (AsyncEvent(), Log<Int>())
      let task = createTask {
        try await gather(1...2) { number in
          try await shield {
            try await event.wait()
            log.record(number)
          }
        }
      }
      await settle()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      event.set()
      await settle()
      #expect(log.entries.sorted() == [1, 2])
    }
  }
}
