// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why no loop can take over the process's executors.
package enum TakeoverObstacle: Sendable {
  /// Not on the main thread, or concurrency was used before.
  case notAtStart
  /// Other code takes the jobs of the default executor (NIO's singleton group can, on request): a loop that took over would not
  /// get them.
  case otherExecutor
  /// The standard implementation of ``Runtime`` has no way to do it.
  case notOffered

  /// Whether a program is to run scoped then, because it can do nothing about it.
  package var isOutOfReach: Bool {
    switch self {
    case .notAtStart: false
    case .otherExecutor, .notOffered: true
    }
  }

  package var error: EventLoopError { EventLoopError(.invalidConfiguration, message) }

  private var message: String {
    switch self {
    case .notAtStart:
      "takeover mode needs the main thread of a process that has not used concurrency before; "
        + "use scoped mode here"
    case .otherExecutor:
      "takeover mode is not possible beside another executor: other code has set itself up as the "
        + "process's default one; use scoped mode here"
    case .notOffered:
      "takeover mode is not possible with this compiler (\(Runtime.reason)); use scoped mode"
    }
  }

  /// Says, where the choice of the mode was left to the package, that it is not the usual one.
  package func logFallback() {
    guard self == .otherExecutor else { return }
    Log.warning(
      "the event loop runs in scoped mode: other code has set itself up as the process's default executor, which runs "
        + "what is not started by this package; code of the main actor is not served"
    )
  }
}
