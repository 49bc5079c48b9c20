// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// A task of the language's own executor that uses a loop with a ring.
extension StressTests {
  @Test func `At the end of a loop no operation of others is left, and none begins`() async throws {
    guard EventLoop.obstacleToRing == nil else { return }
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let end = ends[0]
    let (_, files) = try onRing {
      (try #require(EventLoop.current), try #require(RingFiles.ofCaller))
    }
    // The loop has ended before.
    await #expect(throws: EventLoopError.self) {
      _ = try await files.read(end, from: -1, count: 16)
    }
    // It ends while a task of nobody waits for it.
    let began = AsyncEvent()
    let found = UncheckedSendable(UnsafeMutablePointer<RingFiles?>.allocate(capacity: 1))
    found.value.initialize(to: nil)
    defer { found.value.deinitialize(count: 1).deallocate() }
    let outsider = Task.detached { @concurrent in
      try await began.wait()
      let files = try #require(found.value.pointee)
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
      defer { memory.deallocate() }
      return try await files.read(end, into: memory, isInterruptible: true)
    }
    try onRing {
      found.value.pointee = RingFiles.ofCaller
      began.set()
      try await sleep(for: .milliseconds(50))
    }
    await #expect(throws: EventLoopError.self) { _ = try await outsider.value }
    close(ends[0])
    close(ends[1])
  }

  private func onRing<Success: Sendable>(
    _ body: sending @escaping @isolated(any) () async throws -> Success
  ) throws -> Success {
    try EventLoop.run(.init(backend: .ioUring, mode: .scoped), body)
  }
}
