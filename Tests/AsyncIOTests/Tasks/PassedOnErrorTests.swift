// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// An error counts once, however it is passed on.
@Suite struct PassedOnErrorTests {
  private struct Plain: Error { let text: String }

  private func group(_ body: (TaskScope) async throws -> Void) async -> ErrorGroup? {
    await #expect(throws: ErrorGroup.self) {
      try await withTaskScope(onFailure: .keepGoing) { scope in try await body(scope) }
    }
  }

  @Test func `An error that the body catches by its type and throws again is one`() throws {
    try onLoop {
      let equatable = await self.group { scope in
        let child = scope.spawn(name: "a") { throw TestFailure("x") }
        do { try await child.value } catch let error as TestFailure { throw error }
      }
      #expect(equatable?.errors.count == 1)
      let plain = await self.group { scope in
        let child = scope.spawn { throw Plain(text: "x") }
        do {
          try await withTimeout(.seconds(1)) { try await child.value }
        } catch let error as Plain { throw error }
      }
      #expect(plain?.errors.count == 1)
    }
  }

  @Test func `So is one that another child passes on`() throws {
    try onLoop {
      let group = await self.group { scope in
        let first = scope.spawn { throw TestFailure("x") }
        scope.spawn {
          do { try await first.value } catch let error as TestFailure { throw error }
        }
      }
      #expect(group?.errors.count == 1)
    }
  }

  @Test func `Equal errors of children that know nothing of each other are two`() throws {
    try onLoop {
      let group = await self.group { scope in
        for _ in 0..<2 { scope.spawn { throw TestFailure("x") } }
      }
      #expect(group?.errors.count == 2)
      let other = await self.group { scope in
        let child = scope.spawn { throw TestFailure("x") }
        do { try await child.value } catch { throw TestFailure("y") }
      }
      #expect(other?.errors.count == 2)
    }
  }
}

@Suite struct SmallPromiseTests {
  @Test func `A task that is waited for twice is listed once`() throws {
    try onLoop {
      let (one, other) = (createTask { 1 }, createTask { 2 })
      let (done, pending) = try await wait(for: [one, other, one])
      #expect(done == [one, other] && pending.isEmpty)
    }
  }

  @Test func `A read of nothing is nothing`() throws {
    try withPair { one, other in
      #expect(try await one.read(upTo: 0) == [])
      #expect(try await one.peek(upTo: 0) == [])
      #expect(try await one.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == 0)
      try await other.write("x")
      #expect(try await one.read(upTo: 0) == [])
      #expect(try await one.readExactly(1).text == "x")
    }
  }

  @Test func `A failed connection names the host, and no address twice`() throws {
    try onNetworkLoop {
      let byName = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: "localhost", port: 1)
      }
      #expect(
        byName?.description.hasPrefix("cannot connect to localhost:1: 127.0.0.1:1 (") == true
          || byName?.description.hasPrefix("cannot connect to localhost:1: [::1]:1 (") == true)
      let byAddress = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: "127.0.0.1", port: 1)
      }
      #expect(
        byAddress?.description
          == "cannot connect to 127.0.0.1:1: connect: Connection refused (errno 111)")
      let v6 = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: "::1", port: 1)
      }
      #expect(v6?.description.hasPrefix("cannot connect to [::1]:1: connect:") == true)
    }
  }

  @Test func `A socket does not connect to itself`() throws {
    try onNetworkLoop {
      // A port of the range that the system takes its own from, at which nobody listens.
      let range = try await Files.readText("/proc/sys/net/ipv4/ip_local_port_range")
      let bounds = range.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      let port = bounds[0] + (bounds[1] - bounds[0]) / 2 / 2 * 2
      for _ in 0..<20_000 {
        let error = await #expect(throws: ConnectError.self) {
          await (try TCPStream.connect(to: "127.0.0.1", port: port)).close()
        }
        guard error?.errno == 111 else { break }
      }
    }
  }

  @Test func `A submission says what it cannot do`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      let submission = try #require(EventLoop.current).submit { 1 }
      let error = #expect(throws: EventLoopError.self) { try submission.wait() }
      #expect(error?.message.contains("Submission.wait()") == true)
      #expect(error?.message.contains("EventLoop.run") == false)
    }
  }

  @Test func `Primitives, children and timers can be printed`() throws {
    try onNetworkLoop {
      let lock = AsyncLock()
      #expect("\(lock)" == "AsyncLock(free)")
      let condition = AsyncCondition(lock: lock)
      try await lock.lock()
      let waiter = createTask { try await lock.withLock {} }
      await settle()
      #expect("\(lock)" == "AsyncLock(locked, 1 waiting)")
      #expect("\(condition)" == "AsyncCondition(AsyncLock(locked, 1 waiting))")
      lock.unlock()
      try await waiter.value
      let semaphore = AsyncSemaphore(permits: 3)
      try await semaphore.acquire()
      #expect("\(semaphore)" == "AsyncSemaphore(2 of 3 permits free)")
      let event = AsyncEvent()
      #expect("\(event)" == "AsyncEvent(not set)")
      event.set()
      #expect("\(event)" == "AsyncEvent(set)")
      let barrier = AsyncBarrier(parties: 3)
      #expect("\(barrier)" == "AsyncBarrier(0 of 3 parties waiting)")
      barrier.abort()
      #expect("\(barrier)" == "AsyncBarrier(0 of 3 parties waiting, broken)")
      let loop = try #require(EventLoop.current)
      let handle = loop.schedule(after: .seconds(60)) {}
      #expect("\(handle)".hasSuffix("seconds left)") && "\(handle)".contains("PassedOnErrorTests"))
      handle.cancel()
      #expect("\(handle)".hasSuffix(", over)"))
      let kept = Guarded("")
      let (_, process) = try await Subprocess.run(.name("true")) { child in
        kept.withLock { $0 = "\(child)" }
        return child
      }
      #expect(kept.withLock { $0 }.hasSuffix("(true), running"))
      #expect("\(process)".hasSuffix("(true), exited(0)"))
    }
  }

  @Test func `A stream that is dropped is named, with the place that made it`() throws {
    let lines = try LogCapture.capture {
      try onNetworkLoop {
        do { _ = try UnixStream.pair() }
        do {
          let (one, other) = try FileStream.pipe()
          await one.close()
          other.abort()
        }
        _ = try FileStream.standardError()
      }
    }
    #expect(lines.count { $0.contains("PassedOnErrorTests.swift") && $0.contains("dropped") } == 2)
    #expect(lines.count == 2, "\(lines)")
  }
}
