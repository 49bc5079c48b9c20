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
