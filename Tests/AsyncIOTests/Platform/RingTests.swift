// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What io_uring alone does; that it does everything else as epoll does is what all the other tests show when
/// they run with `ASYNCIO_BACKEND=io_uring`.
@Suite(.enabled(if: EventLoop.obstacleToRing == nil, "there is no io_uring here"))
struct RingTests {
  private func onRing<Success: Sendable>(
    _ body: sending @escaping @isolated(any) () async throws -> Success
  ) throws -> Success {
    try EventLoop.run(.init(backend: .ioUring, mode: .scoped), body)
  }

  @Test func `It is what a loop has where nobody says otherwise`() throws {
    #expect(try EventLoop.makeBackend(.automatic).kind == .ioUring)
    #expect(try EventLoop.makeBackend(.epoll).kind == .epoll)
  }

  @Test func `Files are read and written without a thread`() throws {
    let path = FilePath(NSTemporaryDirectory() + "asyncio-ring-\(UUID().uuidString)")
    let threads = try onRing {
      try await Files.write([UInt8](repeating: 7, count: 3 << 20), to: path)
      try await Files.append([8], to: path)
      try await Files.write(try await Files.read(path) + [9], to: path)
      let stream = try await Files.open(path)
      let all = try await stream.readToEnd(limit: 4 << 20)
      #expect(all.count == 3 << 20 + 2)
      #expect(Array(all.suffix(3)) == [7, 8, 9])
      await stream.close()
      return EventLoop.current?.blockingPool.statistics.threads
    }
    try FileManager.default.removeItem(atPath: path.string)
    #expect(threads == 0)
  }

  @Test func `A read that nothing ends is given up by the kernel when its task is cancelled`()
    throws
  {
    try onRing {
      let ring = try #require(RingFiles.ofCaller)
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      let end = ends[0]
      let reading = createTask {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
        defer { memory.deallocate() }
        return try await ring.read(end, into: memory, isInterruptible: true)
      }
      for _ in 0..<10 { await Task.yield() }
      reading.cancel()
      await #expect(throws: CancellationError.self) { _ = try await reading.value }
      close(ends[0])
      close(ends[1])
    }
  }

  @Test func `In virtual time the clock waits for a file`() throws {
    try EventLoop.run(.init(backend: .ioUring, mode: .scoped, clock: .virtual)) {
      let start = LoopClock.Instant.now
      let text = try await withTimeout(.milliseconds(1)) {
        try await Files.readText("/proc/version")
      }
      #expect(!text.isEmpty)
      #expect(LoopClock.Instant.now == start)
    }
  }

  @Test func `What completes after it was taken back reaches nobody`() {
    var table = RequestTable()
    let first = table.add(.armed(1))
    table.remove(first)
    let second = table.add(.armed(2))
    #expect(first != second)
    #expect(table[first] == nil)
    #expect(table[second] != nil)
    #expect(table.count == 1)
  }

  @Test func `More requests than the ring has room for are handed over all the same`() throws {
    try onRing {
      let pairs = try (0..<1_200).map { _ in try UnixStream.pair() }
      _ = try await gather(Array(pairs.enumerated())) { index, pair in
        try await pair.0.write([UInt8(index & 255)])
        #expect(try await pair.1.read() == [UInt8(index & 255)])
      }
    }
  }
}
