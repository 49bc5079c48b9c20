// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// A file or directory that is open for reading, and what it was when it was opened.
package final class OpenedFile: Sendable {
  package let descriptor: Int32
  package let isRegular: Bool
  package let isDirectory: Bool
  package let size: Int
  /// When its contents were changed, in nanoseconds since 1970.
  package let modified: Int64
  package let inode: UInt64

  private init(owning descriptor: Int32) throws(SystemError) {
    var status = stat()
    let result = fstat(descriptor, &status)
    self.descriptor = descriptor
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    size = Int(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    inode = UInt64(status.st_ino)
    _ = try Syscalls.check("fstat", result)
  }

  deinit { close(descriptor) }

  /// Opens a directory; blocks.
  package static func directory(_ path: CString) throws(SystemError) -> OpenedFile {
    try OpenedFile(owning: try FileCalls.open(path, O_RDONLY | O_DIRECTORY))
  }

  /// Opens a file; blocks.
  package static func file(_ path: CString) throws(SystemError) -> OpenedFile {
    try OpenedFile(owning: try FileCalls.openForReading(path))
  }

  /// Opens a file that is in this directory, or in one below it; blocks.
  ///
  /// Neither `..` nor a link leads out of it, openat2(2) with RESOLVE_BENEATH.
  ///
  /// - Parameter onlyCached: Whether to fail with EAGAIN where the system would have to look at a disk: then it does not block.
  package func open(_ path: CString, onlyCached: Bool = false) throws(SystemError) -> OpenedFile {
    let result = asyncio_open_beneath(descriptor, path.pointer, onlyCached)
    if result < 0 { throw SystemError(call: "openat2", errno: -result) }
    return try OpenedFile(owning: Syscalls.aboveStandard(result))
  }

  /// Creates a file in this directory, which no file or link may be before; blocks.
  package func create(_ name: CString, mode: UInt32) throws(SystemError) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    return Syscalls.aboveStandard(
      try Syscalls.check("openat", openat(descriptor, name.pointer, flags, mode_t(mode))))
  }

  /// Gives a file of this directory another name, over an older file of that name; blocks.
  package func rename(_ name: CString, to newName: CString) throws(SystemError) {
    _ = try Syscalls.check(
      "renameat", renameat(descriptor, name.pointer, descriptor, newName.pointer))
  }

  /// Removes a file of this directory; blocks.
  package func remove(_ name: CString) throws(SystemError) {
    _ = try Syscalls.check("unlinkat", unlinkat(descriptor, name.pointer, 0))
  }

  /// Reads `count` bytes from a place, fewer at its end; blocks.
  package func read(from offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    try FileCalls.read(descriptor, from: offset, count: count)
  }

  /// The names of what is in a directory, but for `.` and `..`, in no order; blocks.
  ///
  /// - Parameter limit: How many at the most.
  package func names(limit: Int) throws(SystemError) -> [[UInt8]] {
    let copy = try Syscalls.check(
      "openat", openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    guard let stream = fdopendir(copy) else {
      defer { close(copy) }
      throw SystemError(call: "fdopendir", errno: errno)
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while names.count < limit, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        [UInt8](bytes.prefix { $0 != 0 })
      }
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    return names
  }
}
