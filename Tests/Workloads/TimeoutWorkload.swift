// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Timeouts that are met, missed, moved, nested and cancelled from outside, and callbacks with a
/// delay.
///
/// A timeout never comes early, is never mistaken for a cancellation from outside, and reports the
/// one that expired; a callback runs once, or never when it was taken back.
public struct TimeoutWorkload: Workload {
  /// What it is called.
  public let name = "timeout"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    // Each mostly waits, so there are many at once.
    let lanes = 64
    try await round.lanes(lanes) { lane in
      for _ in 0..<lane.share(of: lanes) {
        let short = Duration.microseconds(1 + lane.random.below(500))
        let choice = lane.random.below(7)
        if choice == 6 {
          try await callback(lane, after: short)
          round.progress.add(1)
        } else {
          _ = try await lane.attempt(cancelling: 20) {
            try await operation(choice, short, round)
          }
        }
      }
    }
  }

  private static let long = Duration.seconds(1_000_000)

  private func operation(_ choice: Int, _ short: Duration, _ round: Round) async throws {
    let long = Self.long
    switch choice {
    case 0:
      try await expect(short, round) {
        try await withTimeout(short) { try await sleep(for: long) }
      }
    case 1:
      let value = try await withTimeout(long) {
        try await sleep(for: short)
        return 7
      }
      try round.check(value == 7, "a timeout that was met returned \(value)")
    case 2:
      let value: Int? = try await moveOn(after: short) {
        try await sleep(for: long)
        return 7
      }
      try round.check(value == nil, "moveOn returned \(value ?? 0) for a body that did not end")
    case 3:
      // The inner one reports its own; the outer one is met.
      try await withTimeout(long) {
        try await expect(short, round) {
          try await withTimeout(short) { try await sleep(for: long) }
        }
      }
    case 4:
      try await expect(short, round) {
        try await withTimeout(long) { timeout in
          timeout.reschedule(to: .now + short)
          try await sleep(for: long)
        }
      }
    default:
      // The outer one cancels the inner one, which is not its own timeout.
      try await expect(short, round) {
        try await withTimeout(short) {
          try await withTimeout(long) { try await sleep(for: long) }
        }
      }
    }
  }

  /// Runs `body`, which is to time out after `duration` at the earliest.
  private func expect(
    _ duration: Duration, _ round: Round, _ body: () async throws -> Void
  ) async throws {
    let start = ContinuousClock.now
    do {
      try await body()
      try round.check(false, "a body that sleeps for ever returned")
    } catch let error as TimeoutError {
      let elapsed = ContinuousClock.now - start
      try round.check(elapsed >= duration, "a timeout of \(duration) came after \(elapsed)")
      try round.check(
        error.duration >= duration && error.duration < .seconds(1_000),
        "a timeout of \(duration) was reported as \(error.duration)")
    }
  }

  /// Schedules a callback and, in half of the cases, takes it back.
  private func callback(_ lane: Lane, after delay: Duration) async throws {
    let loop = EventLoop.current ?? EventLoop.forCaller
    let (runs, token) = (Counter(), lane.round.tokens.token())
    let handle = loop.schedule(after: delay) {
      withExtendedLifetime(token) {}
      runs.add(1)
    }
    if lane.random.chance(50) {
      await lane.pause()
      handle.cancel()
      let before = runs.value
      await lane.pause()
      // On its own thread the loop cannot run it after that; on others it may be under way.
      if EventLoop.current === loop {
        try lane.round.check(runs.value == before, "a callback ran after it was taken back")
      }
    } else {
      await lane.until { runs.value > 0 }
    }
    try lane.round.check(runs.value <= 1, "a callback ran \(runs.value) times")
  }
}
