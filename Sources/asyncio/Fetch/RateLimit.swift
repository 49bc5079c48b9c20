// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Synchronization

/// Spreads begins over time: at most one in each interval.
final class RateLimit: Sendable {
  private let interval: Duration
  private let next = Mutex(LoopClock.Instant.now)

  init(_ interval: Duration) { self.interval = interval }

  /// Waits for its turn; the turn of a task that is cancelled is lost.
  func wait() async throws {
    let now = LoopClock.Instant.now
    let turn = next.withLock { next in
      defer { next = max(next, now).advanced(by: interval) }
      return max(next, now)
    }
    if turn > now { try await sleep(for: now.duration(to: turn)) }
  }
}
