// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How a loop asks the operating system what is ready.
public enum BackendKind: String, Sendable, CaseIterable {
  /// io_uring where there is one, else epoll. The environment variable `ASYNCIO_BACKEND` (`epoll`,
  /// `io_uring`) decides instead where it is set.
  case automatic
  /// epoll(7): on every Linux, in every container.
  case epoll
  /// io_uring(7). Where it cannot be had, epoll is used; `EventLoop.backend` tells.
  case ioUring = "io_uring"
}
