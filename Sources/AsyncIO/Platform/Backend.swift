// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a loop needs of the operating system: to sleep until a descriptor is ready, a time has come
/// or another thread calls.
///
/// The only place where a platform differs.
///
/// All members but `wake` are called on the loop's thread only.
protocol Backend: AnyObject, Sendable {
  var kind: EventLoop.Backend { get }

  /// Watches `descriptor` for `interest` once: after one report it has to be armed again. Replaces
  /// what was armed for this descriptor. Returns false for a descriptor that is always ready (a
  /// regular file).
  func arm(_ descriptor: Int32, for interest: Interest) throws(SystemError) -> Bool

  /// Stops watching. A descriptor that is closed already is no error.
  func disarm(_ descriptor: Int32)

  /// Waits until something is ready, `wake` is called, or `timeoutNanoseconds` have passed; nil
  /// waits for ever and 0 only looks.
  func wait(timeoutNanoseconds: Int64?, report: (Int32, Interest) -> Void)

  /// Ends a `wait` that is under way or about to begin. From any thread; many calls make one
  /// wake-up.
  func wake()

  /// The descriptor `wake` writes to: a signal handler may write to it too.
  var wakeDescriptor: Int32 { get }
}

/// The directions of a descriptor somebody waits for.
struct Interest: OptionSet, Sendable {
  let rawValue: UInt8
  static let read = Interest(rawValue: 1)
  static let write = Interest(rawValue: 2)
}

extension EventLoop {
  static func makeBackend(_ choice: Backend) throws(SystemError) -> any AsyncIO.Backend {
    // io_uring is not built yet: whoever asks for it gets epoll, and `backend` says so.
    try EpollBackend()
  }
}
