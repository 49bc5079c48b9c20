// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Synchronization

/// Work on a thread of its own, for what has to happen beside the test's loop.
final class OtherThread: Sendable {
  private let outcome = Mutex<Result<Void, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  fileprivate init() {}

  fileprivate func start(_ body: @escaping @Sendable () throws -> Void) {
    Thread.detachNewThread {
      let result = Result { try body() }
      self.outcome.withLock { $0 = result }
      self.done.signal()
    }
  }

  /// Waits for the end of the work, and throws its error.
  func wait() throws {
    done.wait()
    try outcome.withLock { $0 }?.get()
  }
}

/// Starts `body`, which runs a loop as a rule, on a new thread.
func onLoopOfItsOwnThread(_ body: @escaping @Sendable () throws -> Void) throws -> OtherThread {
  let thread = OtherThread()
  thread.start(body)
  return thread
}
