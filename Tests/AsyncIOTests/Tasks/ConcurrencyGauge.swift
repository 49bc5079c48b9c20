// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// Counts how many tasks are inside at once, and the most there ever were.
final class ConcurrencyGauge: Sendable {
  private struct State {
    var inside = 0
    var peak = 0
  }

  private let state = Guarded(State())

  var inside: Int { state.withLock { $0.inside } }
  var peak: Int { state.withLock { $0.peak } }

  func enter() {
    state.withLock { state in
      state.inside += 1
      state.peak = max(state.peak, state.inside)
    }
  }

  func leave() {
    state.withLock { $0.inside -= 1 }
  }
}

/// Cancels the task that calls it.
func cancelThisTask() {
  withUnsafeCurrentTask { $0?.cancel() }
}

/// Throws a failure that says what did not hold: for `explore`, which adds the seed.
func require(_ condition: Bool, _ complaint: String) throws {
  guard condition else { throw TestFailure(complaint) }
}

/// The virtual time since `start`.
func elapsed(since start: LoopClock.Instant) -> Duration {
  start.duration(to: LoopClock.Instant.now)
}
