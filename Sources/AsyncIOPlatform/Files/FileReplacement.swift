// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc
package import SystemPackage

/// Puts a new file in the place of another, in one step; blocks.
///
/// Everything is done in an open directory, so that neither the length of the path nor a directory that is renamed
/// meanwhile matters.
package struct FileReplacement {
  /// The old file, where there is one: what of it the new one keeps.
  private struct Old {
    let mode: mode_t
    let user: uid_t
    let group: gid_t
  }

  private let directory: Int32
  private let name: CString

  package static func replace(
    _ path: FilePath, with bytes: [UInt8], mode: UInt32
  ) throws {
    let target = try resolvingLinks(path)
    guard let last = target.lastComponent else {
      throw SystemError(call: "open", errno: target.isEmpty ? ENOENT : EISDIR)
    }
    let parent = target.removingLastComponent()
    let directory = try FileCalls.open(
      CString(parent.isEmpty ? "." : parent), Int32(ASYNCIO_O_PATH) | O_DIRECTORY)
    defer { close(directory) }
    let name = CString(FilePath(root: nil, [last]))
    try FileReplacement(directory: directory, name: name).run(bytes, mode)
  }

  /// A link stays a link: the file that it leads to is replaced, also when there is none yet.
  private static func resolvingLinks(_ path: FilePath) throws -> FilePath {
    var path = path
    for _ in 0..<mostLinks {
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let name = CString(path)
      let count = readlink(name.pointer, &target, target.count)
      // EINVAL: it is no link. Anything else shows when the file is opened.
      guard count >= 0 else { return path }
      let link = CString.path(target[..<count])
      path = link.isAbsolute ? link : path.removingLastComponent().pushing(link)
    }
    throw SystemError(call: "readlink", errno: ELOOP)
  }

  /// As many as the kernel follows, path_resolution(7).
  private static let mostLinks = 40

  private func run(_ bytes: [UInt8], _ mode: UInt32) throws {
    let old = try oldFile()
    // A name that does not depend on the file's, which may be as long as a name can be.
    let temporary = ".asyncio-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    // No other process may read it until it has the permissions of the old one.
    let descriptor = Syscalls.aboveStandard(
      try Syscalls.check(
        "open",
        FileCalls.retrying {
          openat(directory, temporary, flags, old == nil ? mode_t(mode) : 0o600)
        }))
    do {
      defer { close(descriptor) }
      try FileCalls.writeAll(descriptor, bytes)
      // After the bytes: a write takes the permission to run as the owner away, write(2).
      if let old { try keep(old, in: descriptor) }
      _ = try Syscalls.check("fsync", fsync(descriptor))
      _ = try Syscalls.check("rename", renameat(directory, temporary, directory, name.pointer))
    } catch {
      unlinkat(directory, temporary, 0)
      throw error
    }
    flushDirectory()
  }

  /// The new name reaches the disk, too; where that cannot be done, or the directory must not be read, there is no more to do.
  private func flushDirectory() {
    let readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard readable >= 0 else { return }
    fsync(readable)
    close(readable)
  }

  private func oldFile() throws(SystemError) -> Old? {
    var status = stat()
    guard fstatat(directory, name.pointer, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return nil }
      throw SystemError(call: "fstatat", errno: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw SystemError(call: "rename", errno: EISDIR)
    // A device, a FIFO or a socket is not a file with other bytes in it.
    default: throw SystemError(call: "rename", errno: EINVAL)
    }
    return Old(mode: status.st_mode & 0o7777, user: status.st_uid, group: status.st_gid)
  }

  /// Gives the new file the owner, the group and the permissions of the old one.
  ///
  /// Where the owner or the group may not be given away, the new file does not get the permission to run as that
  /// owner or group either: it would be another's.
  private func keep(_ old: Old, in descriptor: Int32) throws(SystemError) {
    var mode = old.mode
    if fchown(descriptor, old.user, old.group) != 0 {
      _ = fchown(descriptor, uid_t.max, old.group)
      var status = stat()
      _ = try Syscalls.check("fstat", fstat(descriptor, &status))
      if status.st_uid != old.user { mode &= ~mode_t(S_ISUID) }
      if status.st_gid != old.group {
        // What the old group may do is none of the new one's business, unless everybody may.
        let everybody = (mode & 0o7) << 3
        mode &= ~mode_t(S_ISGID) & (~0o70 | everybody)
      }
    }
    // After the owner: a change of that takes these permissions away, chown(2).
    _ = try Syscalls.check("fchmod", fchmod(descriptor, mode))
  }
}

extension CString {
  /// The path with these bytes, which have no zero.
  fileprivate static func path(_ bytes: ArraySlice<UInt8>) -> FilePath {
    var terminated = bytes.map { CChar(bitPattern: $0) }
    terminated.append(0)
    return terminated.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? ""
    }
  }
}
