// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// An operating system thread with a name, detached: it is not joined.
package enum Thread {
  /// Starts a thread.
  ///
  /// `name` is cut to the 15 bytes Linux allows (prctl(2), PR_SET_NAME).
  package static func start(name: String, _ body: @escaping @Sendable () -> Void)
    throws(SystemError)
  {
    let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let status = pthread_create(&thread, &attributes, enter, start.toOpaque())
    guard status == 0 else {
      start.release()
      throw SystemError(call: "pthread_create", errno: status)
    }
  }

  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private static let enter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
    {
      argument in
      guard let argument else { return nil }
      let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
      blockSignals()
      asyncio_set_thread_name(start.name)
      start.body()
      return nil
    }

  /// Signals are for the program's own threads: ours take none, so that none interrupts their work.
  private static func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
  }
}

extension Thread {
  /// Lets another thread run, sched_yield(2).
  package static func yield() { sched_yield() }
}
