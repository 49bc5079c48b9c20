// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// What the bits of poll(2) mean, which epoll(7) and io_uring(7) use too.
package enum PollEvents {
  /// An error or a hang-up makes both directions ready: the next read or write says what it is.
  package static func interest(of events: UInt32) -> Interest {
    if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return [.read, .write] }
    var interest: Interest = []
    if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { interest.insert(.read) }
    if events & EPOLLOUT.rawValue != 0 { interest.insert(.write) }
    return interest
  }

  package static func readiness(of events: UInt32) -> Readiness {
    if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
      return [.read, .write, .readEnd, .writeEnd]
    }
    var readiness: Readiness = []
    if events & EPOLLRDHUP.rawValue != 0 { readiness.formUnion([.read, .readEnd]) }
    if events & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
    if events & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
    return readiness
  }
}

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
