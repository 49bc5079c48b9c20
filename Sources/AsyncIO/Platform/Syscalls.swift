// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The small system calls of the loop, each with its error as a value.
enum Syscalls {
  /// Nanoseconds of `CLOCK_BOOTTIME`, the clock behind `ContinuousClock`: time asleep counts.
  @inline(__always)
  static func bootTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  static func makeEventDescriptor() throws(SystemError) -> Int32 {
    try check("eventfd", asyncio_eventfd())
  }

  static func makeEpollDescriptor() throws(SystemError) -> Int32 {
    try check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC)))
  }

  /// Adds one to an eventfd.
  ///
  /// Async-signal-safe; never blocks.
  static func signalEvent(_ descriptor: Int32) {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  static func drainEvent(_ descriptor: Int32) {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }

  static func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
  }

  static var currentThreadID: Int32 { asyncio_gettid() }

  static var isMainThread: Bool { asyncio_gettid() == getpid() }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  static let interrupt = SIGINT
  static let terminate = SIGTERM

  /// Ends the process without running anything more of it, _exit(2).
  static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

  static func exitProcess(_ status: Int32) -> Never {
    exit(status)
  }

  static func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      if written < 0 && errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, written))
    }
  }

  private static func check(_ call: String, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call: call, errno: errno) }
    return result
  }
}
