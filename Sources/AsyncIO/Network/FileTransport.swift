// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bytes of a descriptor that is no socket: a pipe, a terminal, a file.
///
/// What the kernel does not report on, a regular file above all, is read and written by the kernel itself on
/// a loop with a ring, or else on a thread of the blocking pool.
final class FileTransport: ByteTransport {
  let subject: String
  let watched: WatchedDescriptor
  private let pool: BlockingPool?
  private let files: RingFiles?

  /// - Parameter blocks: The descriptor was left as it is, and may block.
  init(_ watched: WatchedDescriptor, subject: String, blocks: Bool = false) {
    self.watched = watched
    self.subject = subject
    let loop = watched.loop
    pool = blocks || watched.isAlwaysReady ? loop.blockingPool : nil
    files = pool == nil ? nil : loop.ring.map { RingFiles(loop: loop, ring: $0) }
  }

  deinit { watched.closeDescriptor() }

  var isClosed: Bool { watched.isClosed }

  func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
    if let files,
      let count = try await onRing({
        try await files.read($0, into: buffer, isInterruptible: true)
      })
    {
      return count
    }
    let memory = UncheckedSendable(buffer)
    return try await perform("read", .read) { Syscalls.read($0, memory.value) }
  }

  func read(upTo limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws -> Int {
    let wanted = min(limit, Scratch.size)
    guard pool == nil else {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted, alignment: 16)
      defer { memory.deallocate() }
      let count = try await read(into: memory)
      if count > 0 { take(UnsafeRawBufferPointer(rebasing: memory[..<count])) }
      return count
    }
    return try await watched.perform("read", .read) { descriptor in
      Scratch.with(wanted) { buffer in
        let count = Syscalls.read(descriptor, buffer)
        if count > 0 { take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
      }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) async throws -> Int {
    if let files,
      let count = try await onRing({
        try await files.write($0, bytes, isInterruptible: true)
      })
    {
      return count
    }
    let memory = UncheckedSendable(bytes)
    return try await perform("write", .write) { Syscalls.write($0, memory.value) }
  }

  func write(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int {
    guard pool == nil else { return try await write(pieces[0]) }
    return try await watched.perform("writev", .write) { Syscalls.write($0, pieces: pieces) }
  }

  /// There is no half of such a descriptor to close: the peer of a pipe sees the end when all is closed.
  func finishWriting() async throws { watched.closeDescriptor() }

  func close() async { watched.closeDescriptor() }

  func closeNow(reset: Bool) { watched.closeDescriptor() }

  /// Has the kernel make a call; nil where it would have to wait with a thread, and the descriptor says not to.
  private func onRing(_ call: (Int32) async throws -> Int) async throws -> Int? {
    try RunningTask.checkCancellation()
    do {
      return try await watched.withDescriptorInUse(call)
    } catch let error as SystemError where error.errno == SystemError.tryAgain {
      return nil
    }
  }

  /// Makes a system call as soon as it does not block, or else on a thread, which is awaited whatever
  /// happens: it uses the caller's memory.
  private func perform(
    _ name: StaticString, _ direction: WatchedDescriptor.Direction,
    _ call: @escaping @Sendable (Int32) -> Int
  ) async throws -> Int {
    guard let pool else { return try await watched.perform(name, direction, call) }
    try RunningTask.checkCancellation()
    let watched = watched
    return try await pool.run {
      while true {
        let result = try watched.withDescriptor(call)
        if result >= 0 { return result }
        if !SystemError.isInterruption(-result) {
          throw SystemError(call: "\(name)", errno: Int32(-result))
        }
      }
    }
  }
}
