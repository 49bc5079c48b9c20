// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// When a whole request has to be over.
struct TotalLimit: Sendable {
  let deadline: LoopClock.Instant
  let duration: Duration

  init(_ duration: Duration, from start: LoopClock.Instant) {
    deadline = start.advanced(by: duration)
    self.duration = duration
  }

  var timeout: PhaseTimeout { PhaseTimeout(phase: .total, limit: duration) }
}
