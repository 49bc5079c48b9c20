// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension EventLoop {
  /// Why there is no io_uring here; nil when there is.
  package static var obstacleToRing: String? {
    do {
      _ = try RingBackend()
      return nil
    } catch {
      return "\(error)"
    }
  }

  static func makeBackend(_ choice: Backend) throws(SystemError) -> any Poller {
    // Where there is no io_uring, or a sandbox forbids it, there is epoll, and `backend` says so.
    if choice != .epoll, let ring = try? RingBackend() { return ring }
    return try EpollBackend()
  }
}
