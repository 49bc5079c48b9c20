// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct PendingWorkTests {
  /// What a loop decides: whether a task may be woken, virtual time stands still, the end of a run waits, the kernel is asked.
  private func decisions(_ work: PendingWork) -> [Bool] {
    [work.mayWakeTask, work.stopsVirtualTime, work.delaysEnd, work.needsPolling]
  }

  @Test(
    arguments: [
      (.hold, [true, true, false, false]),
      (.blockingCall, [true, true, true, false]),
      (.ringCall, [true, true, true, true]),
      (.interruptibleRingCall, [true, true, false, true]),
      (.transfer, [true, false, false, true]),
      (.wait, [true, false, false, false]),
      (.watch, [false, false, false, true]),
    ] as [(PendingWork.Kind, [Bool])])
  func `Each kind of work means what the table says, from its beginning to its end`(
    _ kind: PendingWork.Kind, _ expected: [Bool]
  ) {
    let work = PendingWork()
    let nothing = [false, false, false, false]
    #expect(decisions(work) == nothing)
    work.begin(kind)
    work.begin(kind)
    #expect(decisions(work) == expected)
    work.end(kind)
    #expect(decisions(work) == expected)
    work.end(kind)
    #expect(decisions(work) == nothing)
  }

  @Test func `A loop that has done everything has no work left`() throws {
    let loop = try onNetworkLoop {
      let (one, other) = try connectedPair()
      async let line = one.readLine()
      try await other.write("a line\n")
      #expect(try await line.text == "a line\n")
      _ = try await runBlocking { 1 }
      _ = try await Files.read("/proc/self/status")
      await one.close()
      await other.close()
      return EventLoop.current
    }
    #expect(loop.map { decisions($0.pending) } == [false, false, false, false])
  }
}

@Suite struct LoopServiceTests {
  private final class Counted: LoopService {
    static let closed = Log<Int>()
    let name: String
    init(of loop: EventLoop) { name = loop.configuration.name }
    func close() { Self.closed.record(1) }
    var unfinishedWork: String? { "something" }
  }

  @Test func `A loop has one of each service, and closes it with itself`() throws {
    let before = Counted.closed.entries.count
    let loop = try onLoop {
      let loop = try #require(EventLoop.current)
      #expect(loop.unfinishedWork.isEmpty)
      let service: Counted = loop.service()
      #expect(service === loop.service(Counted.self))
      #expect(service.name == loop.configuration.name)
      #expect(loop.unfinishedWork == ["something"])
      return loop
    }
    #expect(Counted.closed.entries.count == before + 1)
    // It stays the one that there is.
    _ = loop.service(Counted.self)
    #expect(Counted.closed.entries.count == before + 1)
  }
}
