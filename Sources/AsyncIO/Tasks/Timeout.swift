// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A running timeout, handed to the body of `withTimeout`: tells whether the time is up, and moves
/// the deadline.
public struct Timeout: Sendable {
  let timer: TimeoutTimer

  /// When the time is up; nil when it never is.
  public var deadline: LoopClock.Instant? { timer.deadlineIfAny }

  /// Whether the time was up while the body still ran.
  public var hasExpired: Bool { timer.scope.isCancelled }

  /// Moves the deadline; nil takes it away.
  ///
  /// Does nothing once the time is up or the body has ended.
  public func reschedule(to deadline: LoopClock.Instant?) { timer.move(to: deadline) }

  /// Moves the deadline to a time of the system's clock.
  @_disfavoredOverload
  public func reschedule(to deadline: ContinuousClock.Instant) {
    timer.move(to: LoopClock.Instant(deadline))
  }
}

/// The time was up before the work was done.
public struct TimeoutError: Error, Hashable, CustomStringConvertible {
  /// The time that was allowed, from the start of the body to the deadline.
  public let duration: Duration
  /// The name of the task that ran the body, if it had one.
  public let taskName: String?

  /// For example `timed out after 5.0 seconds in task "users"`.
  public var description: String {
    "timed out after \(duration)" + (taskName.map { " in task \"\($0)\"" } ?? "")
  }
}

/// Runs `body` with a limit on its time.
///
/// Python's `wait_for` and `timeout`.
///
/// When the time is up, the body is cancelled and awaited. If it then throws `CancellationError`,
/// the call throws ``TimeoutError``; another error or a value of the body stands. A value that is
/// there wins over a deadline of the same turn. Timeouts nest; each reports its own.
///
/// `body` runs in the caller's isolation and may touch its state.
///
/// **Cancellation.** Cancelled from outside, the body is cancelled and the call throws
/// `CancellationError`, never ``TimeoutError``, even when the time is up as well.
///
/// ```swift
/// let page = try await withTimeout(.seconds(5)) { try await fetch(url) }
/// ```
///
/// A timeout of zero or less cancels the body before its first suspension.
public func withTimeout<Value>(
  _ duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  try await TimeoutTimer().run(for: duration, isolation: isolation) { _ in try await body() }
}

/// Runs `body` with a limit on its time that it can move.
///
/// See `withTimeout`.
///
/// Throws `CancellationError` when cancelled from outside.
public func withTimeout<Value>(
  _ duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: (Timeout) async throws -> Value
) async throws -> Value {
  try await TimeoutTimer().run(for: duration, isolation: isolation, body)
}

/// Runs `body` until `deadline` at the latest.
///
/// See `withTimeout`.
///
/// Throws `CancellationError` when cancelled from outside.
public func withDeadline<Value>(
  _ deadline: LoopClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  try await TimeoutTimer().run(until: deadline, isolation: isolation) { _ in try await body() }
}

/// Runs `body` until `deadline` at the latest, and lets it move the deadline.
///
/// Throws `CancellationError` when cancelled from outside.
public func withDeadline<Value>(
  _ deadline: LoopClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: (Timeout) async throws -> Value
) async throws -> Value {
  try await TimeoutTimer().run(until: deadline, isolation: isolation, body)
}

/// Runs `body` until a time of the system's clock at the latest.
///
/// Throws `CancellationError` when cancelled from outside.
@_disfavoredOverload
public func withDeadline<Value>(
  _ deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  try await TimeoutTimer().run(until: LoopClock.Instant(deadline), isolation: isolation) { _ in
    try await body()
  }
}

/// Runs `body` for `duration` at the longest, and goes on without its value, with nil, when the
/// time is up.
///
/// Trio's `move_on_after`.
///
/// As `withTimeout` otherwise: the body is cancelled and awaited, other errors
/// are thrown, and cancellation from outside throws `CancellationError`.
public func moveOn<Value>(
  after duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value? {
  do {
    return try await withTimeout(
      duration, isolation: isolation,
      { (_: Timeout) in
        do { return .some(try await body()) } catch let error as TimeoutError {
          // A timeout inside the body is the body's own error, not this one's.
          throw ForeignTimeout(error: error)
        }
      })
  } catch is TimeoutError {
    return nil
  } catch let foreign as ForeignTimeout {
    throw foreign.error
  }
}

/// Runs a body that cannot fail for `duration` at the longest: nil when the time was up before it
/// had ended.
///
/// The body is cancelled then, and its value is dropped.
///
/// Cancelled from outside, the body is cancelled, and its value is returned.
public func moveOn<Value>(
  after duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: () async -> Value
) async -> Value? {
  let timer = TimeoutTimer()
  let deadline = LoopClock.Instant.now.advanced(by: duration)
  let result = await timer.race(deadline, isolation: isolation) { _ in await body() }
  guard case .success(let value) = result, !timer.scope.isCancelled else { return nil }
  return value
}

private struct ForeignTimeout: Error {
  let error: TimeoutError
}

/// The timer behind a timeout, and the scope that it cancels.
///
/// Unchecked: the deadline is behind a lock; the rest is the timer's, on the loop's thread.
final class TimeoutTimer: TimerNode, @unchecked Sendable {
  let scope = CancelScope()
  private let loop = EventLoop.ambient
  private let state = Guarded(State())
  // Loop's thread.
  private var hasWaitedOneRound = false

  private struct State {
    var deadline: Int64?
    /// The body has ended, or its time was up: the deadline stays as it is.
    var isOver = false
  }

  var deadlineIfAny: LoopClock.Instant? {
    state.withLock { $0.deadline }.map { LoopClock.Instant(nanoseconds: $0) }
  }

  override func run(on loop: EventLoop) {
    guard let deadline = state.withLock({ $0.isOver ? nil : $0.deadline }) else { return }
    if deadline > loop.currentTime() { return rearm(on: loop) }
    // Behind everything that was ready when the time came, and once more behind what that has made
    // ready: a value that is there wins.
    guard hasWaitedOneRound else {
      hasWaitedOneRound = true
      return loop.enqueueOnLoop(ReadyEntry(callback: self))
    }
    state.withLock { $0.isOver = true }
    scope.cancel()
  }

  func move(to deadline: LoopClock.Instant?) {
    let isMoved = state.withLock { state in
      if state.isOver { return false }
      state.deadline = deadline?.nanoseconds
      return true
    }
    if isMoved { loop.onLoop { self.rearm(on: $0) } }
  }

  /// Makes the timer fit the deadline.
  ///
  /// On the loop's thread, and perhaps later than it was asked for.
  private func rearm(on loop: EventLoop) {
    loop.timers.remove(self)
    hasWaitedOneRound = false
    guard let deadline = state.withLock({ $0.isOver ? nil : $0.deadline }) else { return }
    loop.timers.insert(self, deadline: deadline)
  }

  private func end() {
    state.withLock { $0.isOver = true }
    loop.onLoop { $0.timers.remove(self) }
  }

  /// Runs the body against the deadline, whatever comes of it.
  func race<Value>(
    _ deadline: LoopClock.Instant, isolation: isolated (any Actor)?,
    _ body: (Timeout) async throws -> Value
  ) async -> Result<Value, any Error> {
    if deadline.nanoseconds <= loop.currentTime() {
      state.withLock { $0 = State(deadline: deadline.nanoseconds, isOver: true) }
      scope.cancel()
    } else {
      move(to: deadline)
    }
    let result = await scope.run(isolation: isolation) { try await body(Timeout(timer: self)) }
    end()
    return result
  }

  func run<Value>(
    until deadline: LoopClock.Instant, isolation: isolated (any Actor)?,
    _ body: (Timeout) async throws -> Value
  ) async throws -> Value {
    let start = LoopClock.Instant(nanoseconds: loop.currentTime())
    return try await run(
      from: start, until: deadline, isolation: isolation, body)
  }

  func run<Value>(
    for duration: Duration, isolation: isolated (any Actor)?,
    _ body: (Timeout) async throws -> Value
  ) async throws -> Value {
    let start = LoopClock.Instant(nanoseconds: loop.currentTime())
    return try await run(
      from: start, until: start.advanced(by: duration), isolation: isolation, body)
  }

  private func run<Value>(
    from start: LoopClock.Instant, until deadline: LoopClock.Instant,
    isolation: isolated (any Actor)?, _ body: (Timeout) async throws -> Value
  ) async throws -> Value {
    var last = deadline
    let result = await race(deadline, isolation: isolation) { timeout in
      defer { last = timeout.deadline ?? deadline }
      return try await body(timeout)
    }
    if case .failure(is CancellationError) = result, scope.isCancelled, !Task.isCancelled {
      throw TimeoutError(
        duration: max(.zero, start.duration(to: last)),
        taskName: TaskRecord.current?.name)
    }
    return try result.get()
  }
}
