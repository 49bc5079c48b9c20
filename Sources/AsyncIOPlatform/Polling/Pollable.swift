// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// Which descriptors the kernel reports on.
package enum Pollable {
  /// False for one that is always ready, a regular file above all; throws for one that is not open.
  ///
  /// As epoll(7) has it, which refuses such descriptors.
  package static func isPollable(_ descriptor: Int32) throws(SystemError) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw SystemError(call: "fstat", errno: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK, S_IFIFO: return true
    case S_IFREG, S_IFDIR, S_IFBLK: return false
    default: return try isTakenByEpoll(descriptor)
    }
  }

  /// Devices and what has no type at all (eventfd, pidfd and the like): asked of the one who knows.
  private static func isTakenByEpoll(_ descriptor: Int32) throws(SystemError) -> Bool {
    let epoll = try Syscalls.makeEpollDescriptor()
    defer { Syscalls.closeDescriptor(epoll) }
    var event = epoll_event()
    if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 { return true }
    if errno == EPERM { return false }
    throw SystemError(call: "epoll_ctl", errno: errno)
  }
}
