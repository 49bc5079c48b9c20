// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import CAsyncIO
internal import Glibc

/// What `FileCalls` does, without a thread: each call is handed to the kernel, and the loop goes on until it
/// is done.
struct RingFiles: FileBackend {
  let loop: EventLoop
  let ring: RingBackend

  /// Of the loop that the caller belongs to, where it can do that.
  static var ofCaller: RingFiles? {
    let loop = EventLoop.ambient
    return loop.ring.map { RingFiles(loop: loop, ring: $0) }
  }

  // MARK: Whole files

  func read(
    _ path: CString, limit: Int, subject: String
  ) async throws -> FileCalls.Whole<[UInt8]> {
    let file = try await open(path, O_RDONLY, 0)
    let status = try await closingIfThrown(file) {
      let status = try await self.status(of: file)
      if status.isDirectory { throw SystemError(call: "read", errno: EISDIR) }
      return status
    }
    guard status.isRegular else { return .stream(file) }
    return .done(
      try await closing(file) { try await readAll(file, status.size, limit, subject) })
  }

  private func readAll(
    _ file: Int32, _ expected: Int, _ limit: Int, _ subject: String
  ) async throws -> [UInt8] {
    // Files of /proc say that they have no bytes; others may grow meanwhile.
    var bytes: [UInt8] = []
    while true {
      let left = max(0, expected - bytes.count)
      let wanted = min(max(left, Self.smallPiece - 1), Self.largePiece - 1) + 1
      let piece = try await read(file, from: -1, count: wanted)
      if piece.isEmpty { return bytes }
      // Mostly the whole file comes at once.
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
      if bytes.count > limit { throw LimitOverrunError(limit: limit, subject: subject) }
    }
  }

  private static let smallPiece = 1 << 16
  private static let largePiece = 1 << 24

  func write(
    _ bytes: [UInt8], to path: CString, appending: Bool, mode: UInt32
  ) async throws -> FileCalls.Whole<Void> {
    let flags = O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC)
    let file = try await open(path, flags, mode)
    let status = try await closingIfThrown(file) { try await self.status(of: file) }
    guard status.isRegular else { return .stream(file) }
    try await closing(file) { try await writeAll(file, bytes) }
    return .done(())
  }

  func openForReading(_ path: CString) async throws -> (descriptor: Int32, FileCalls.Status) {
    let file = try await open(path, O_RDONLY, 0)
    return try await closingIfThrown(file) { (file, try await status(of: file)) }
  }

  func create(_ path: CString, mode: UInt32) async throws -> Int32 {
    try await open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
  }

  // MARK: Single calls

  /// Reads `count` bytes from a place in an open file, -1 for its own position; fewer at its end.
  func read(_ file: Int32, from offset: Int, count: Int) async throws -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { memory.deallocate() }
    let filled = try await read(file, into: memory, from: offset)
    return [UInt8](UnsafeRawBufferPointer(rebasing: memory[..<filled]))
  }

  /// As read(2), into memory that stays until the call returns.
  ///
  /// - Parameter isInterruptible: A cancelled task gets `CancellationError`, and nothing was read.
  func read(
    _ file: Int32, into memory: UnsafeMutableRawBufferPointer, from offset: Int = -1,
    isInterruptible: Bool = false
  ) async throws -> Int {
    let memory = UncheckedSendable(memory)
    return Int(
      try await check("read", isInterruptible: isInterruptible) {
        guard let start = memory.value.baseAddress else { return }
        asyncio_ring_read($0, file, start, Self.length(memory.value.count), Int64(offset), $1)
      })
  }

  /// As write(2).
  func write(
    _ file: Int32, _ bytes: UnsafeRawBufferPointer, isInterruptible: Bool = false
  ) async throws -> Int {
    let bytes = UncheckedSendable(bytes)
    return Int(
      try await check("write", isInterruptible: isInterruptible) {
        guard let start = bytes.value.baseAddress else { return }
        asyncio_ring_write($0, file, start, Self.length(bytes.value.count), -1, $1)
      })
  }

  private static func length(_ count: Int) -> UInt32 { UInt32(min(count, 1 << 30)) }

  private func writeAll(_ file: Int32, _ bytes: [UInt8]) async throws {
    // An array's bytes stay where they are for as long as there is a reference to it.
    var rest = bytes.withUnsafeBytes { $0 }
    defer { withExtendedLifetime(bytes) {} }
    while !rest.isEmpty {
      let written = try await write(file, rest)
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// As `FileCalls.open`.
  private func open(_ path: CString, _ flags: Int32, _ mode: UInt32) async throws -> Int32 {
    let flags = flags | O_CLOEXEC | O_NOCTTY
    do {
      return try await openOnce(path, flags | O_NONBLOCK, mode)
    } catch let error as SystemError where error.errno == EWOULDBLOCK {
      return try await openOnce(path, flags, mode)
    }
  }

  private func openOnce(_ path: CString, _ flags: Int32, _ mode: UInt32) async throws -> Int32 {
    let file = try await check("open") { asyncio_ring_open($0, path.pointer, flags, mode, $1) }
    return Syscalls.aboveStandard(file)
  }

  private func status(of file: Int32) async throws -> FileCalls.Status {
    let status = UnsafeMutablePointer<asyncio_file_status>.allocate(capacity: 1)
    defer { status.deallocate() }
    let place = UncheckedSendable(status)
    let none = CString.empty
    _ = try await check("statx") {
      asyncio_ring_status($0, file, none.pointer, place.value, $1)
    }
    return FileCalls.Status(
      mode: asyncio_file_mode(status), size: Int(clamping: asyncio_file_size(status)))
  }

  // MARK: Asking the kernel

  private func closingIfThrown<Result>(
    _ file: Int32, _ body: () async throws -> Result
  ) async throws -> Result {
    do {
      return try await body()
    } catch {
      Syscalls.closeDescriptor(file)
      throw error
    }
  }

  /// Closes a file after `body`; an error of closing it counts, too.
  private func closing<Result>(
    _ file: Int32, after body: () async throws -> Result
  ) async throws -> Result {
    let result = try await closingIfThrown(file, body)
    // A full disk of another machine may show only here.
    let closed = await RingOperation { asyncio_ring_close($0, file, $1) }.perform(on: loop, ring)
    // The loop has ended, and the kernel was not asked.
    if closed == RingRequest.cancelled { Syscalls.closeDescriptor(file) }
    // An interrupted one has closed it all the same, close(2).
    if closed < 0, closed != -EINTR { throw SystemError(call: "close", errno: -closed) }
    return result
  }

  @discardableResult
  private func check(
    _ call: StaticString, isInterruptible: Bool = false,
    _ prepare: @escaping RingRequest.Preparation
  ) async throws -> Int32 {
    while true {
      let operation = RingOperation(isInterruptible ? .interruptibleRingCall : .ringCall, prepare)
      let result = await operation.perform(on: loop, ring)
      if result >= 0 { return result }
      if result == RingRequest.cancelled, loop.isEnded { throw EventLoopError.ended(loop) }
      if isInterruptible, Task.isCancelled, result == -ECANCELED || result == -EINTR {
        throw CancellationError()
      }
      if result != -EINTR { throw SystemError(call: "\(call)", errno: -result) }
    }
  }
}
