// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// What `FileCalls` does, without a thread: each call is handed to the kernel, and the loop goes on until it
/// is done.
struct RingFiles: Sendable {
  let loop: EventLoop
  let ring: RingBackend

  /// Of the loop that the caller belongs to, where it can do that.
  static var ofCaller: RingFiles? {
    let loop = EventLoop.ambient
    return loop.ring.map { RingFiles(loop: loop, ring: $0) }
  }

  // MARK: Whole files

  func read(_ path: String, limit: Int) async throws -> [UInt8] {
    try await withFile(path, O_RDONLY) { file in
      // Files of /proc say that they have no bytes; others may grow meanwhile.
      let expected = try await status(of: file).size
      var bytes: [UInt8] = []
      while true {
        let left = max(0, expected - bytes.count)
        let wanted = min(max(left, Self.smallPiece - 1), Self.largePiece - 1) + 1
        let piece = try await read(file, from: -1, count: wanted)
        if piece.isEmpty { return bytes }
        // Mostly the whole file comes at once.
        if bytes.isEmpty { bytes = piece } else { bytes += piece }
        if bytes.count > limit { throw LimitOverrunError(limit: limit, isSeparatorFound: false) }
      }
    }
  }

  private static let smallPiece = 1 << 16
  private static let largePiece = 1 << 24

  func write(_ bytes: [UInt8], to path: String, appending: Bool, mode: UInt32) async throws {
    let flags = O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC)
    try await withFile(path, flags, mode) { try await writeAll($0, bytes) }
  }

  func replace(_ path: String, with bytes: [UInt8], mode: UInt32) async throws {
    let path = FileCalls.resolvingLinks(path)
    let old = try? await status(of: path).mode & 0o7777
    let temporary = FileCalls.temporaryName(beside: path)
    let file = try await open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode)
    do {
      try await closing(file) {
        if let old { _ = try Syscalls.check("fchmod", fchmod(file, mode_t(old))) }
        try await writeAll(file, bytes)
        try await check("fsync") { asyncio_ring_fsync($0, file, $1) }
      }
      try await rename(temporary, to: path)
    } catch {
      _ = try? await withPath(temporary) { path in
        try await check("unlink") { asyncio_ring_unlink($0, path.value, $1) }
      }
      throw error
    }
    await flushDirectory(of: path)
  }

  func openForReading(_ path: String) async throws -> Int32 {
    try await open(path, O_RDONLY | O_NONBLOCK, 0)
  }

  // MARK: Single calls

  /// So many bytes from a place in an open file, -1 for its own position; fewer at its end.
  func read(_ file: Int32, from offset: Int, count: Int) async throws -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { memory.deallocate() }
    let filled = try await read(file, into: memory, from: offset)
    return [UInt8](UnsafeRawBufferPointer(rebasing: memory[..<filled]))
  }

  /// As read(2), into memory that stays until the call returns.
  ///
  /// - `isInterruptible`: A cancelled task gets `CancellationError`, and nothing was read.
  func read(
    _ file: Int32, into memory: UnsafeMutableRawBufferPointer, from offset: Int = -1,
    isInterruptible: Bool = false
  ) async throws -> Int {
    let memory = Unchecked(memory)
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
    let bytes = Unchecked(bytes)
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

  private func open(_ path: String, _ flags: Int32, _ mode: UInt32) async throws -> Int32 {
    try await withPath(path) { path in
      try await check("open") { asyncio_ring_open($0, path.value, flags | O_CLOEXEC, mode, $1) }
    }
  }

  private func rename(_ old: String, to new: String) async throws {
    _ = try await withPath(old) { old in
      try await withPath(new) { new in
        try await check("rename") { asyncio_ring_rename($0, old.value, new.value, $1) }
      }
    }
  }

  func status(of file: Int32) async throws -> (size: Int, mode: UInt32) {
    try await status(file, "")
  }

  private func status(of path: String) async throws -> (size: Int, mode: UInt32) {
    try await status(-1, path)
  }

  private func status(_ file: Int32, _ path: String) async throws -> (size: Int, mode: UInt32) {
    let status = UnsafeMutablePointer<asyncio_file_status>.allocate(capacity: 1)
    defer { status.deallocate() }
    let place = Unchecked(status)
    _ = try await withPath(path) { path in
      try await check("statx") { asyncio_ring_status($0, file, path.value, place.value, $1) }
    }
    return (Int(clamping: asyncio_file_size(status)), asyncio_file_mode(status))
  }

  /// The new name reaches the disk, too; a file system that cannot do that has none to lose.
  private func flushDirectory(of path: String) async {
    _ = try? await withFile(FileCalls.directory(of: path), O_RDONLY | O_DIRECTORY) { directory in
      try await check("fsync") { asyncio_ring_fsync($0, directory, $1) }
    }
  }

  // MARK: Asking the kernel

  /// Opens a file for the time of `body`; an error of closing it counts, too.
  private func withFile<Result>(
    _ path: String, _ flags: Int32, _ mode: UInt32 = 0,
    _ body: (Int32) async throws -> Result
  ) async throws -> Result {
    let file = try await open(path, flags, mode)
    return try await closing(file) { try await body(file) }
  }

  private func closing<Result>(
    _ file: Int32, after body: () async throws -> Result
  ) async throws -> Result {
    let result: Result
    do {
      result = try await body()
    } catch {
      Syscalls.closeDescriptor(file)
      throw error
    }
    // A full disk of another machine may show only here.
    let closed = await RingOperation { asyncio_ring_close($0, file, $1) }.perform(on: loop, ring)
    // The loop has ended, and nobody has been asked.
    if closed == RingOperation.cancelled { Syscalls.closeDescriptor(file) }
    // An interrupted one has closed it all the same, close(2).
    if closed < 0, closed != -EINTR { throw SystemError(call: "close", errno: -closed) }
    return result
  }

  /// The path as the kernel wants it, in memory that stays for the time of `body`.
  private func withPath<Result>(
    _ path: String, _ body: (Unchecked<UnsafePointer<CChar>>) async throws -> Result
  ) async throws -> Result {
    guard let copy = strdup(path) else { throw SystemError(call: "strdup", errno: ENOMEM) }
    defer { free(copy) }
    return try await body(Unchecked(UnsafePointer(copy)))
  }

  @discardableResult
  private func check(
    _ call: StaticString, isInterruptible: Bool = false,
    _ prepare: @escaping RingOperation.Preparation
  ) async throws -> Int32 {
    while true {
      let operation = RingOperation(isInterruptible ? .interruptibleCall : .call, prepare)
      let result = await operation.perform(on: loop, ring)
      if result >= 0 { return result }
      if result == RingOperation.cancelled, loop.isEnded { throw EventLoopError.ended(loop) }
      if isInterruptible, Task.isCancelled, result == -ECANCELED || result == -EINTR {
        throw CancellationError()
      }
      if result != -EINTR { throw SystemError(call: "\(call)", errno: -result) }
    }
  }
}
