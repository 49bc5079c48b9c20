// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The door to Swift's runtime: the one folder with uses of its binary interface, of its experimental interface for
/// executors, and of casts between its types and words.
///
/// What is behind it: whether the running task is cancelled, handlers of cancellation, the task-local value that
/// carries a task's record, how a task suspends, the memory of a wait, what tells tasks apart, and the takeover of the
/// process's executors.
///
/// There are two implementations. *Direct* calls the runtime's functions, and is compiled with the versions of the compiler
/// that it was verified with. *Standard* uses what the standard library documents, and is compiled with all others, or if
/// `ASYNCIO_STANDARD_RUNTIME` is defined (`swift build -Xswiftc -DASYNCIO_STANDARD_RUNTIME`). It takes more time, and
/// lacks what the standard library does not offer: takeover, and the errors of tasks that can no longer be awaited before the end
/// of the loop.
package enum Runtime {
  package enum Implementation: String, Sendable {
    case direct
    case standard
  }

  /// The implementation that was compiled.
  package static var implementation: Implementation {
    #if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
      .direct
    #else
      .standard
    #endif
  }

  /// Why it is that one.
  package static var reason: String {
    #if ASYNCIO_STANDARD_RUNTIME
      "ASYNCIO_STANDARD_RUNTIME is defined"
    #elseif compiler(>=6.3) && compiler(<6.4)
      "verified with Swift 6.3"
    #else
      "the direct one is verified with Swift 6.3 only"
    #endif
  }
}
