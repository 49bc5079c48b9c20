// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a loop needs of the operating system: to sleep until a descriptor is ready, a time has come
/// or another thread calls.
///
/// The only place where a platform differs.
///
/// All members but `wake`, `watch` and `unwatch` are called on the loop's thread only.
protocol Backend: AnyObject, Sendable {
  var kind: EventLoop.Backend { get }

  /// Watches `descriptor` for `interest` once: after one report it has to be armed again. Replaces
  /// what was armed for this descriptor. Returns false for a descriptor that is always ready (a
  /// regular file).
  func arm(_ descriptor: Int32, for interest: Interest) throws(SystemError) -> Bool

  /// Nobody waits for an armed descriptor any more: it may be closed without a word.
  func rest(_ descriptor: Int32)

  /// Stops watching. A descriptor that is closed already is no error.
  func disarm(_ descriptor: Int32)

  /// Watches `descriptor` in both directions until `unwatch`, and reports each change of its
  /// readiness with `token`, an even number. Returns false for a descriptor that is always ready.
  ///
  /// From any thread.
  func watch(_ descriptor: Int32, token: UInt64) throws(SystemError) -> Bool

  /// Ceases to watch a descriptor, which is about to be closed.
  ///
  /// From any thread.
  func unwatch(_ descriptor: Int32, token: UInt64)

  /// Waits until something is ready, `wake` is called, or `timeoutNanoseconds` have passed; nil
  /// waits for ever and 0 only looks.
  func wait(timeoutNanoseconds: Int64?, to receiver: some BackendReceiver)

  /// Whether a look that waits for nothing would find something, as far as can be told without a system call.
  var hasMore: Bool { get }

  /// Ends a `wait` that is under way or about to begin. From any thread; many calls make one
  /// wake-up.
  func wake()

  /// The descriptor `wake` writes to: a signal handler may write to it too.
  var wakeDescriptor: Int32 { get }
}

/// Who is told what the operating system says.
protocol BackendReceiver {
  /// An armed descriptor is ready.
  func descriptorIsReady(_ descriptor: Int32, _ interest: Interest)
  /// The readiness of a watched descriptor has changed.
  func readinessChanged(_ token: UInt64, _ readiness: Readiness)
  /// The kernel has brought something, or failed to: a result as of the system call.
  func tookIn(_ token: UInt64, _ result: Int32, _ bytes: UnsafeRawBufferPointer)
  /// It brings no more until it is asked again.
  func intakeEnded(_ token: UInt64)
  /// A descriptor that was asked about once is ready.
  func pollEnded(_ token: UInt64, _ interest: Interest, _ readiness: Readiness)
}

/// What a report says of a watched descriptor.
struct Readiness: OptionSet, Sendable {
  let rawValue: UInt8
  static let read = Readiness(rawValue: 1)
  static let write = Readiness(rawValue: 2)
  /// Nothing more will come: the end, or an error.
  static let readEnd = Readiness(rawValue: 4)
  /// Nothing more can be sent.
  static let writeEnd = Readiness(rawValue: 8)
}

/// The directions of a descriptor somebody waits for.
struct Interest: OptionSet, Sendable {
  let rawValue: UInt8
  static let read = Interest(rawValue: 1)
  static let write = Interest(rawValue: 2)
}

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

  static func makeBackend(_ choice: Backend) throws(SystemError) -> any AsyncIO.Backend {
    // Where there is no io_uring, or a sandbox forbids it, there is epoll, and `backend` says so.
    if choice != .epoll, let ring = try? RingBackend() { return ring }
    return try EpollBackend()
  }
}
