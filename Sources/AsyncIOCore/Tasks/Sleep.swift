// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Suspends the task for `duration`.
///
/// Python's `asyncio.sleep`.
///
/// Zero and less let the other ready tasks run once. Durations beyond the range of the clock (292
/// years) last until then. On a loop with a virtual clock, virtual time passes.
///
/// - Throws: `CancellationError` as soon as the task is cancelled, also when it was before; the timer is gone
///   at once.
public func sleep(for duration: Duration) async throws(CancellationError) {
  if RunningTask.isCancelled { throw CancellationError() }
  guard duration > .zero else {
    await Task.yield()
    if RunningTask.isCancelled { throw CancellationError() }
    return
  }
  let loop = EventLoop.ambient
  try await loop.sleep(until: loop.currentTime().addingSaturating(duration.nanoseconds))
}

/// Suspends the task until `deadline` on the loop's clock; a deadline that has passed lets the
/// other ready tasks run once.
///
/// - Throws: `CancellationError` as soon as the task is cancelled, also when it was before.
public func sleep(until deadline: LoopClock.Instant) async throws(CancellationError) {
  try await sleep(for: LoopClock.Instant.now.duration(to: deadline))
}

/// Suspends the task until `deadline` on the system's clock.
///
/// - Throws: `CancellationError` as soon as the task is cancelled, also when it was before.
@_disfavoredOverload
public func sleep(until deadline: ContinuousClock.Instant) async throws(CancellationError) {
  try await sleep(for: ContinuousClock.now.duration(to: deadline))
}

extension EventLoop {
  func sleep(until deadline: Int64) async throws(CancellationError) {
    let sleeper = Sleeper()
    armSleeper(sleeper, deadline: deadline)
    await park(.sleep, sleeper.once) {
      if sleeper.once.pointee.decide(.cancelled) { disarm(sleeper) }
    }
    if sleeper.once.pointee.signal != .granted || RunningTask.isCancelled {
      throw CancellationError()
    }
  }

  private func armSleeper(_ sleeper: Sleeper, deadline: Int64) {
    // Here already, it takes no closure.
    if isCurrent, !isEnded {
      timers.insert(sleeper, deadline: deadline)
    } else {
      arm(sleeper, deadline: deadline)
    }
  }
}

/// The timer of one sleeping task.
private final class Sleeper: TimerNode, @unchecked Sendable {
  private let shot = OneShot()
  var once: UnsafePointer<OneShot> { shot.address }
  override func expire(on loop: EventLoop) { shot.decide(.granted) }
  override func abandon(on loop: EventLoop, deadline: Int64) { shot.decide(.ended) }
}
