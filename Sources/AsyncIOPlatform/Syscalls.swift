// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The small system calls of the loop, each with its error as a value.
package enum Syscalls {
  /// Nanoseconds of `CLOCK_BOOTTIME`, the clock behind `ContinuousClock`: time asleep counts.
  @inline(__always)
  package static func bootTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  package static func makeEventDescriptor() throws(SystemError) -> Int32 {
    aboveStandard(try check("eventfd", asyncio_eventfd()))
  }

  package static func makeEpollDescriptor() throws(SystemError) -> Int32 {
    aboveStandard(try check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC))))
  }

  /// Adds one to an eventfd.
  ///
  /// Async-signal-safe; never blocks.
  package static func signalEvent(_ descriptor: Int32) {
    var one: UInt64 = 1
    _ = Glibc.write(descriptor, &one, 8)
  }

  package static func drainEvent(_ descriptor: Int32) {
    var count: UInt64 = 0
    _ = Glibc.read(descriptor, &count, 8)
  }

  package static func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
    let flags = try check("fcntl", fcntl(descriptor, F_GETFL))
    _ = try check("fcntl", fcntl(descriptor, F_SETFL, flags | O_NONBLOCK))
  }

  package static func setCloseOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  /// Two connected Unix domain sockets that do not block and are closed on exec.
  package static func socketPair() throws(SystemError) -> (Int32, Int32) {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    var pair: (Int32, Int32) = (-1, -1)
    let status = withUnsafeMutablePointer(to: &pair) { pointer in
      pointer.withMemoryRebound(to: Int32.self, capacity: 2) {
        socketpair(AF_UNIX, Int32(type), 0, $0)
      }
    }
    _ = try check("socketpair", status)
    return (aboveStandard(pair.0), aboveStandard(pair.1))
  }

  /// A pipe that is closed on exec; what is for a child, which expects that, blocks.
  package static func makePipe(
    blockingRead: Bool = false, blockingWrite: Bool = false
  ) throws(SystemError) -> (read: Int32, write: Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let status = withUnsafeMutablePointer(to: &ends) { pointer in
      pointer.withMemoryRebound(to: Int32.self, capacity: 2) {
        asyncio_pipe2($0, O_CLOEXEC)
      }
    }
    _ = try check("pipe2", status)
    ends = (aboveStandard(ends.0), aboveStandard(ends.1))
    if !blockingRead { try setNonBlocking(ends.0) }
    if !blockingWrite { try setNonBlocking(ends.1) }
    return (ends.0, ends.1)
  }

  /// The null device.
  package static func openNull() throws(SystemError) -> Int32 {
    aboveStandard(try check("open", open("/dev/null", O_RDWR | O_CLOEXEC)))
  }

  /// The same file as `descriptor`, opened anew so that it does not block, for the processes that share the old
  /// one; else a duplicate that blocks as the old one does.
  package static func reopen(
    _ descriptor: Int32, _ access: FileAccess
  ) throws(SystemError) -> (descriptor: Int32, blocks: Bool) {
    guard allows(descriptor, access) else { throw SystemError(call: "fcntl", errno: EBADF) }
    var status = stat()
    _ = try check("fstat", fstat(descriptor, &status))
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    if !isRegular {
      // A regular file would be at its beginning again.
      let flags = (access == .reading ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
      let own = open("/proc/self/fd/\(descriptor)", flags)
      if own >= 0 { return (aboveStandard(own), false) }
    }
    return (try check("fcntl", fcntl(descriptor, F_DUPFD_CLOEXEC, 3)), true)
  }

  /// Whether a descriptor is open for what it is to be used for.
  private static func allows(_ descriptor: Int32, _ access: FileAccess) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    let mode = flags & O_ACCMODE
    return flags >= 0 && (mode == O_RDWR || mode == (access == .reading ? O_RDONLY : O_WRONLY))
  }

  // MARK: The standard descriptors

  /// The same file under another number, if it was given one of the standard descriptors, because that was closed: what
  /// a program prints must reach no socket, and its children inherit these three.
  package static func aboveStandard(_ descriptor: Int32) -> Int32 {
    descriptor > 2 || descriptor < 0 ? descriptor : asyncio_lift(descriptor)
  }

  /// Fills the places of standard descriptors that are closed with files on which every use fails as before, so that
  /// nothing else gets their numbers.
  package static func fillStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      let filler = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
      guard filler >= 0, filler != descriptor else { continue }
      // Another thread was faster with the number.
      close(filler)
    }
  }

  /// Keeps up to so many bytes of memory that was freed for what comes next.
  package static func keepFreedMemory(_ most: Int) { asyncio_keep_freed_memory(most) }

  @inline(__always)
  package static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    Sockets.result(Glibc.read(descriptor, buffer.baseAddress, buffer.count))
  }

  package static func availableBytes(_ descriptor: Int32) -> Int {
    max(0, Int(asyncio_available_bytes(descriptor)))
  }

  /// A pipe without a reader is an error, and no signal.
  package static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    Sockets.result(asyncio_write_quietly(descriptor, bytes.baseAddress, bytes.count))
  }

  package static func write(_ descriptor: Int32, pieces: [UnsafeRawBufferPointer]) -> Int {
    let vectors = pieces.prefix(1024).map {
      iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
    }
    return vectors.withUnsafeBufferPointer {
      Sockets.result(asyncio_writev_quietly(descriptor, $0.baseAddress, Int32($0.count)))
    }
  }

  package static func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
  }

  package static var currentThreadID: Int32 { asyncio_gettid() }

  package static var isMainThread: Bool { asyncio_gettid() == getpid() }

  package static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  package static func removeEnvironment(_ name: String) { unsetenv(name) }

  /// Writes out what the C library has buffered.
  package static func flushOutput() { fflush(nil) }

  package static let interrupt = SIGINT
  package static let terminate = SIGTERM

  /// Ends the process without running anything more of it, _exit(2).
  package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

  /// As `exitAtOnce`, with the child processes that are left.
  package static func exitAtOnceWithChildren(_ status: Int32) -> Never {
    asyncio_kill_children()
    _exit(status)
  }

  /// Runs `body`, which captures nothing, when the process ends by itself, atexit(3).
  package static func atExit(_ body: @convention(c) () -> Void) { atexit(body) }

  package static func exitProcess(_ status: Int32) -> Never {
    exit(status)
  }

  /// Writes the last words of a program; waits for a reader that is slow, but not for ever.
  package static func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    var patience = 50
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
      if written < 0, errno == EAGAIN, patience > 0 {
        // Somebody has made the descriptor one that does not block, and it is full.
        var entry = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        if Glibc.poll(&entry, 1, 100) == 0 { patience -= 1 }
        continue
      }
      if written < 0 && errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, written))
    }
  }

  package static func check(_ call: String, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call: call, errno: errno) }
    return result
  }
}
