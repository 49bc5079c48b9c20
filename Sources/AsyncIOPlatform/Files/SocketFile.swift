// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
internal import Synchronization

/// The file of a Unix domain socket, told from others at the same path by its inode.
package final class SocketFile: Sendable {
  private let path: CString
  private let device: UInt
  private let inode: UInt
  private let isRemoved = Atomic<Bool>(false)

  /// The file that is at `path` now.
  package init(_ path: CString) throws(SystemError) {
    self.path = path
    let status = try Self.status(path)
    (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
  }

  /// Removes the file, once, and only if it is still the one.
  package func remove() {
    guard !isRemoved.exchange(true, ordering: .acquiringAndReleasing),
      let status = try? Self.status(path), UInt(status.st_dev) == device,
      UInt(status.st_ino) == inode
    else { return }
    _ = Glibc.unlink(path.pointer)
  }

  /// Whether there is a socket; not for other files, nor for none.
  package static func isSocket(at path: CString) throws(SystemError) -> Bool {
    do {
      return try status(path).st_mode & S_IFMT == S_IFSOCK
    } catch {
      if error.errno == ENOENT { return false }
      throw error
    }
  }

  package static func setMode(_ path: CString, _ mode: UInt32) throws(SystemError) {
    _ = try Syscalls.check("chmod", chmod(path.pointer, mode_t(mode)))
  }

  private static func status(_ path: CString) throws(SystemError) -> stat {
    var status = stat()
    _ = try Syscalls.check("lstat", lstat(path.pointer, &status))
    return status
  }
}
