// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Reading and writing that blocks the thread: for processes without a loop.
package enum Blocking {
  /// Reads exactly so many bytes; nil when the peer has closed before the first.
  package static func readAll(_ descriptor: Int32, _ count: Int) throws(SystemError) -> [UInt8]? {
    var (filled, failure): (Int, Int32) = (0, 0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      while filled < count {
        let result = recv(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, 0)
        if result > 0 { filled += result }
        if result == 0 { break }
        if result < 0 {
          if errno == EINTR { continue }
          if errno == EAGAIN {
            wait(descriptor, POLLIN)
            continue
          }
          failure = errno
          break
        }
      }
      used = filled
    }
    if failure != 0 { throw SystemError(call: "recv", errno: failure) }
    if filled == 0, count > 0 { return nil }
    guard filled == count else { throw SystemError(call: "recv", errno: ECONNRESET) }
    return bytes
  }

  package static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let result = rest.withUnsafeBytes { Sockets.send(descriptor, $0) }
      if result >= 0 {
        rest = rest.dropFirst(result)
      } else if Int32(-result) == EAGAIN {
        wait(descriptor, POLLOUT)
      } else if Int32(-result) != EINTR {
        throw SystemError(call: "send", errno: Int32(-result))
      }
    }
  }

  private static func wait(_ descriptor: Int32, _ events: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    poll(&entry, 1, -1)
  }

  /// Waits until the peer of a socket has gone.
  package static func waitForHangUp(_ descriptor: Int32) {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    while true {
      let count = poll(&entry, 1, -1)
      if count > 0 || count < 0 && errno != EINTR { return }
    }
  }
}
