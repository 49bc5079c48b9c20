// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct DescriptorTests {
  @Test func `A descriptor with bytes is readable, an empty pipe writable`() throws {
    try Self.withPipe { loop, pipe in
      try await loop.writable(pipe.writer)
      pipe.send()
      try await loop.readable(pipe.reader)
    }
  }

  @Test func `A task waits until there are bytes, and may wait again`() throws {
    let log = Log<String>()
    try Self.withPipe { loop, pipe in
      let task = createTask {
        for _ in 0..<3 {
          try await loop.readable(pipe.reader)
          pipe.receive()
          log.record("read")
        }
      }
      for _ in 0..<3 {
        await untilWaiting(for: .readable)
        log.record("write")
        pipe.send()
      }
      try await task.value
    }
    #expect(log.entries.filter { $0 == "read" }.count == 3)
    #expect(log.entries.first == "write")
  }

  @Test func `B79 The end of the stream makes a descriptor readable`() throws {
    try Self.withPipe { loop, pipe in
      let task = createTask { try await loop.readable(pipe.reader) }
      await untilWaiting(for: .readable)
      pipe.closeWriter()
      try await task.value
    }
  }

  @Test func `The end of the reader makes a full pipe writable`() throws {
    try Self.withPipe { loop, pipe in
      pipe.fill()
      let task = createTask { try await loop.writable(pipe.writer) }
      await untilWaiting(for: .writable)
      pipe.closeReader()
      try await task.value
    }
  }

  @Test func `cancel-017: A wait that is cancelled frees the descriptor for the next`() throws {
    try Self.withPipe { loop, pipe in
      let task = createTask { try await loop.readable(pipe.reader) }
      await untilWaiting(for: .readable)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let next = createTask { try await loop.readable(pipe.reader) }
      await untilWaiting(for: .readable)
      pipe.send()
      try await next.value
    }
  }

  @Test func `A task that is cancelled already does not wait`() throws {
    try Self.withPipe { loop, pipe in
      pipe.send()
      let task = createTask {
        cancelThisTask()
        try await loop.readable(pipe.reader)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `A second waiter for the same direction gets an error, the first is served`() throws {
    try Self.withPipe { loop, pipe in
      let first = createTask { try await loop.readable(pipe.reader) }
      await untilWaiting(for: .readable)
      let error = await #expect(throws: EventLoopError.self) {
        try await loop.readable(pipe.reader)
      }
      #expect(error?.code == .descriptorBusy)
      pipe.send()
      try await first.value
    }
  }

  @Test func `Both directions of one descriptor can be waited for at once`() throws {
    let log = Log<String>()
    try Self.withSockets { loop, pair in
      pair.fill()
      let reader = createTask {
        try await loop.readable(pair.writer)
        log.record("readable")
      }
      let writer = createTask {
        try await loop.writable(pair.writer)
        log.record("writable")
      }
      await untilWaiting(for: .readable)
      await untilWaiting(for: .writable)
      #expect(log.entries.isEmpty)
      pair.drainReader()
      try await writer.value
      #expect(log.entries == ["writable"])
      pair.sendBack()
      try await reader.value
    }
    #expect(log.entries == ["writable", "readable"])
  }

  @Test func `B77 Closing a descriptor ends the wait before the number is used again`() throws {
    try Self.withPipe { loop, pipe in
      let task = createTask { try await loop.readable(pipe.reader) }
      await untilWaiting(for: .readable)
      loop.closing(pipe.reader)
      pipe.closeReader()
      let error = await #expect(throws: EventLoopError.self) { try await task.value }
      #expect(error?.code == .descriptorClosed)
      loop.closing(pipe.reader)
    }
  }

  @Test func `A regular file is always ready`() throws {
    try Self.withPipe { loop, _ in
      let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      try await loop.readable(file)
      try await loop.writable(file)
    }
  }

  @Test func `A descriptor that is not open is an error`() throws {
    try Self.withPipe { loop, _ in
      let error = await #expect(throws: EventLoopError.self) { try await loop.readable(-1) }
      #expect(error?.code == .system)
      #expect(error?.cause?.errno == EBADF)
      #expect(!loop.pending.mayWakeTask && !loop.pending.needsPolling)
    }
  }

  @Test func `A wait left behind ends with the run`() throws {
    let log = Log<String>()
    try Self.withPipe { loop, pipe in
      createTask {
        do { try await loop.readable(pipe.reader) } catch is CancellationError {
          log.record("cancelled")
        }
      }
      await untilWaiting(for: .readable)
    }
    #expect(log.entries == ["cancelled"])
  }

  @Test(arguments: [EventLoop.ClockSource.system, .virtual])
  func `B54 A zero-delay timer that re-arms itself does not starve descriptors`(
    clock: EventLoop.ClockSource
  ) throws {
    let isDone = Guarded(false)
    try Self.withPipe(clock: clock) { loop, pipe in
      Self.rearm(on: loop, until: isDone)
      let task = createTask { try await loop.readable(pipe.reader) }
      for _ in 0..<100 { await Task.yield() }
      pipe.send()
      try await task.value
      isDone.withLock { $0 = true }
    }
  }

  private static func rearm(on loop: EventLoop, until isDone: Guarded<Bool>) {
    loop.schedule(after: .zero) {
      if !isDone.withLock({ $0 }) { rearm(on: loop, until: isDone) }
    }
  }

  private static func withPipe(
    clock: EventLoop.ClockSource = .system,
    _ body: @escaping @Sendable (EventLoop, Ends) async throws -> Void
  ) throws {
    try run(.pipe(), clock, body)
  }

  private static func withSockets(
    _ body: @escaping @Sendable (EventLoop, Ends) async throws -> Void
  ) throws {
    try run(.sockets(), .system, body)
  }

  private static func run(
    _ ends: Ends, _ clock: EventLoop.ClockSource,
    _ body: @escaping @Sendable (EventLoop, Ends) async throws -> Void
  ) throws {
    defer {
      ends.closeReader()
      ends.closeWriter()
    }
    try EventLoop.run(.init(mode: .scoped, clock: clock)) {
      try await body(try #require(EventLoop.current), ends)
    }
  }

  @Test func `A descriptor that nobody waits for any more is closed when it is closed`() throws {
    try onNetworkLoop {
      let ends = Ends.pipe()
      let loop = try #require(EventLoop.current)
      let isReadable: Void? = try await moveOn(after: .milliseconds(5)) {
        try await loop.readable(ends.reader)
      }
      #expect(isReadable == nil)
      ends.closeReader()
      // Without a reader at once: nobody else may keep the pipe open.
      let written = [UInt8(1)].withUnsafeBytes { Syscalls.write(ends.writer, $0) }
      #expect(written == -Int(EPIPE))
      ends.closeWriter()
    }
  }
}

/// The two ends of a pipe, or of a pair of sockets: what is written to one is read from the other.
private final class Ends: Sendable {
  let reader: Int32
  let writer: Int32
  private let open = Guarded((reader: true, writer: true))

  private init(_ descriptors: [Int32]) {
    reader = descriptors[0]
    writer = descriptors[1]
    for descriptor in descriptors { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  }

  static func pipe() -> Ends {
    var descriptors: [Int32] = [-1, -1]
    _ = Glibc.pipe(&descriptors)
    return Ends(descriptors)
  }

  static func sockets() -> Ends {
    var descriptors: [Int32] = [-1, -1]
    _ = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors)
    return Ends(descriptors)
  }

  func send() { _ = write(writer, [UInt8(1)], 1) }

  func sendBack() { _ = write(reader, [UInt8(1)], 1) }

  func receive() {
    var byte: UInt8 = 0
    _ = read(reader, &byte, 1)
  }

  func fill() {
    let bytes = [UInt8](repeating: 0, count: 65_536)
    while write(writer, bytes, bytes.count) > 0 {}
  }

  func drainReader() {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while read(reader, &bytes, 65_536) > 0 {}
  }

  func closeReader() {
    let isOpen = open.withLock { open in
      defer { open.reader = false }
      return open.reader
    }
    if isOpen { _ = close(reader) }
  }

  func closeWriter() {
    let isOpen = open.withLock { open in
      defer { open.writer = false }
      return open.writer
    }
    if isOpen { _ = close(writer) }
  }
}
