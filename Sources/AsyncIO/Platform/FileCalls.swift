// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Reading and writing files; blocks.
enum FileCalls {
  static func openForReading(_ path: String) throws(SystemError) -> Int32 {
    // A FIFO opens at once, without anybody at its other end.
    try Syscalls.check("open", retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
  }

  static func read(_ path: String, limit: Int) throws -> [UInt8] {
    let descriptor = try Syscalls.check("open", retrying { open(path, O_RDONLY | O_CLOEXEC) })
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, size(of: descriptor), largestReserve))
    try withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 16) { buffer in
      while true {
        let count = retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        if count == 0 { return }
        guard count > 0 else { throw SystemError(call: "read", errno: errno) }
        bytes.append(contentsOf: buffer[..<count])
        if bytes.count > limit { throw LimitOverrunError(limit: limit, isSeparatorFound: false) }
      }
    }
    return bytes
  }

  private static let pieceSize = 1 << 20
  /// A file may say that it has more bytes than there is memory.
  private static let largestReserve = 1 << 26

  /// So many bytes from a place in an open file, fewer at its end.
  static func read(_ descriptor: Int32, from offset: Int, count: Int) throws(SystemError) -> [UInt8]
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

  /// What a regular file says its size is; those of /proc say 0.
  static func size(of descriptor: Int32) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    return max(0, Int(status.st_size))
  }

  static func write(_ bytes: [UInt8], to path: String, appending: Bool, mode: UInt32) throws {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
    let descriptor = try Syscalls.check("open", retrying { open(path, flags, mode_t(mode)) })
    do {
      try writeAll(descriptor, bytes)
    } catch {
      close(descriptor)
      throw error
    }
    // A full disk of another machine may show only here.
    _ = try Syscalls.check("close", close(descriptor))
  }

  private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { bytes in
        retrying { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
      }
      guard count >= 0 else { throw SystemError(call: "write", errno: errno) }
      rest = rest.dropFirst(count)
    }
  }

  static func replace(_ path: String, with bytes: [UInt8], mode: UInt32) throws {
    let path = resolvingLinks(path)
    var status = stat()
    let old = stat(path, &status) == 0 ? mode_t(status.st_mode & 0o7777) : nil
    let temporary = temporaryName(beside: path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let descriptor = try Syscalls.check("open", retrying { open(temporary, flags, mode_t(mode)) })
    do {
      defer { close(descriptor) }
      if let old { _ = try Syscalls.check("fchmod", fchmod(descriptor, old)) }
      try writeAll(descriptor, bytes)
      _ = try Syscalls.check("fsync", fsync(descriptor))
      _ = try Syscalls.check("rename", rename(temporary, path))
    } catch {
      unlink(temporary)
      throw error
    }
    flushDirectory(of: path)
  }

  /// A link stays a link: the file that it leads to is replaced.
  static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func temporaryName(beside path: String) -> String {
    "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The new name reaches the disk, too; a file system that cannot do that has none to lose.
  private static func flushDirectory(of path: String) {
    let descriptor = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}
