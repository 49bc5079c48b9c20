// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Reading and writing files; blocks.
package enum FileCalls {
  /// What came of a file that was to be read or written whole.
  package enum Whole<Result: Sendable>: Sendable {
    case done(Result)
    /// It is no regular file but a pipe, a terminal, a device: open, not read or written yet, and not blocking.
    case stream(Int32)
  }

  // MARK: Opening

  /// Opens a file; a FIFO opens at once, without a process at its other end (or fails, when it is to be written).
  ///
  /// - Throws: The error of open(2).
  package static func open(_ path: CString, _ flags: Int32, mode: UInt32 = 0) throws(SystemError)
    -> Int32
  {
    let flags = flags | O_CLOEXEC | O_NOCTTY
    var descriptor = retrying { Glibc.open(path.pointer, flags | O_NONBLOCK, mode_t(mode)) }
    if descriptor < 0, errno == EWOULDBLOCK {
      // Somebody has a lease on it, fcntl(2), and is being asked to give it up.
      descriptor = retrying { Glibc.open(path.pointer, flags, mode_t(mode)) }
    }
    return Syscalls.aboveStandard(try Syscalls.check("open", descriptor))
  }

  package static func openForReading(_ path: CString) throws(SystemError) -> Int32 {
    try open(path, O_RDONLY)
  }

  package static func create(_ path: CString, mode: UInt32) throws(SystemError) -> Int32 {
    try open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
  }

  package static func rename(_ path: CString, to newPath: CString) throws(SystemError) {
    _ = try Syscalls.check("rename", Glibc.rename(path.pointer, newPath.pointer))
  }

  package static func remove(_ path: CString) throws(SystemError) {
    _ = try Syscalls.check("unlink", Glibc.unlink(path.pointer))
  }

  /// What kind of file is open.
  package struct Status: Sendable {
    package let isRegular: Bool
    package let isDirectory: Bool
    /// What a regular file says its size is; those of /proc say 0.
    package let size: Int

    package init(mode: UInt32, size: Int) {
      isRegular = mode & UInt32(S_IFMT) == UInt32(S_IFREG)
      isDirectory = mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
      self.size = max(0, size)
    }
  }

  package static func status(of descriptor: Int32) throws(SystemError) -> Status {
    var status = stat()
    _ = try Syscalls.check("fstat", fstat(descriptor, &status))
    return Status(mode: status.st_mode, size: Int(status.st_size))
  }

  package static func isFIFO(_ path: CString) -> Bool {
    var status = stat()
    return stat(path.pointer, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }

  // MARK: Whole files

  package static func read(_ path: CString, limit: Int, subject: String) throws -> Whole<[UInt8]> {
    let descriptor = try openForReading(path)
    var isKept = false
    defer { if !isKept { close(descriptor) } }
    let status = try status(of: descriptor)
    if status.isDirectory { throw SystemError(call: "read", errno: EISDIR) }
    guard status.isRegular else {
      isKept = true
      return .stream(descriptor)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, status.size, largestReserve))
    try withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 16) { buffer in
      while true {
        let count = retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        if count == 0 { return }
        guard count > 0 else { throw SystemError(call: "read", errno: errno) }
        bytes.append(contentsOf: buffer[..<count])
        if bytes.count > limit { throw LimitOverrunError(limit: limit, subject: subject) }
      }
    }
    return .done(bytes)
  }

  private static let pieceSize = 1 << 20
  /// A file may say that it has more bytes than there is memory.
  private static let largestReserve = 1 << 26

  /// Reads `count` bytes from a place in an open file, fewer at its end.
  package static func read(_ descriptor: Int32, from offset: Int, count: Int) throws(SystemError)
    -> [UInt8]
  {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let result = retrying { pread(descriptor, buffer.baseAddress, count, off_t(offset)) }
      if result < 0 { failure = errno }
      filled = max(0, result)
    }
    if failure != 0 { throw SystemError(call: "pread", errno: failure) }
    return bytes
  }

  package static func write(
    _ bytes: [UInt8], to path: CString, appending: Bool, mode: UInt32
  ) throws -> Whole<Void> {
    let flags = O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC)
    let descriptor = try open(path, flags, mode: mode)
    do {
      guard try status(of: descriptor).isRegular else { return .stream(descriptor) }
      try writeAll(descriptor, bytes)
    } catch {
      close(descriptor)
      throw error
    }
    // A full disk of another machine may show only here.
    _ = try Syscalls.check("close", close(descriptor))
    return .done(())
  }

  package static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { bytes in
        retrying { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
      }
      guard count >= 0 else { throw SystemError(call: "write", errno: errno) }
      rest = rest.dropFirst(count)
    }
  }

  package static func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}
