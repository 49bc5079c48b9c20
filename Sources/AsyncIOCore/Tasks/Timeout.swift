// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A running timeout, handed to the body of `withTimeout`: tells whether the time is up, and moves
/// the deadline.
public struct Timeout: Sendable {
  @usableFromInline let timer: TimeoutTimer

  @inlinable
  init(timer: TimeoutTimer) { self.timer = timer }

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

extension Timeout: CustomStringConvertible {
  /// A summary of the state, as in `Timeout(active, 5.0 seconds left)`.
  public var description: String { "Timeout(\(timer.description))" }
}

/// Runs `body` with a limit on its time.
///
/// Python's `wait_for` and `timeout`.
///
/// When the time is up, the body is cancelled and awaited. If it then throws `CancellationError`,
/// the call throws ``TimeoutError``; another error, or a value, of the body is kept. A value that is
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
///
/// - Throws: ``TimeoutError`` when the time is up; what `body` throws; `CancellationError`.
@inlinable @discardableResult
public func withTimeout<Value>(
  _ duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  let timer = TimeoutTimer(after: duration)
  return try timer.finish(await timer.scope.run(isolation: isolation, body))
}

/// Runs `body` with a limit on its time that it can move.
///
/// See `withTimeout`.
///
/// - Throws: `CancellationError` when cancelled from outside.
@inlinable @discardableResult
public func withTimeout<Value>(
  _ duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: (Timeout) async throws -> Value
) async throws -> Value {
  let timer = TimeoutTimer(after: duration)
  let timeout = Timeout(timer: timer)
  return try timer.finish(
    await timer.scope.run(isolation: isolation) { try await body(timeout) })
}

/// Runs `body` until `deadline` at the latest.
///
/// See `withTimeout`.
///
/// - Throws: `CancellationError` when cancelled from outside.
@inlinable @discardableResult
public func withDeadline<Value>(
  _ deadline: LoopClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  let timer = TimeoutTimer(until: deadline)
  return try timer.finish(await timer.scope.run(isolation: isolation, body))
}

/// Runs `body` until `deadline` at the latest, and lets it move the deadline.
///
/// - Throws: `CancellationError` when cancelled from outside.
@inlinable @discardableResult
public func withDeadline<Value>(
  _ deadline: LoopClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: (Timeout) async throws -> Value
) async throws -> Value {
  let timer = TimeoutTimer(until: deadline)
  let timeout = Timeout(timer: timer)
  return try timer.finish(
    await timer.scope.run(isolation: isolation) { try await body(timeout) })
}

/// Runs `body` until a time of the system's clock at the latest.
///
/// - Throws: `CancellationError` when cancelled from outside.
@inlinable @_disfavoredOverload
public func withDeadline<Value>(
  _ deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  let timer = TimeoutTimer(until: LoopClock.Instant(deadline))
  return try timer.finish(await timer.scope.run(isolation: isolation, body))
}

/// Runs `body` for `duration` at the longest, and goes on without its value, with nil, when the
/// time is up.
///
/// Trio's `move_on_after`.
///
/// As `withTimeout` otherwise: the body is cancelled and awaited, other errors
/// are thrown, and cancellation from outside throws `CancellationError`.
///
/// - Throws: What `body` throws; `CancellationError`.
@inlinable @discardableResult
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
@inlinable @discardableResult
public func moveOn<Value>(
  after duration: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: () async -> Value
) async -> Value? {
  let timer = TimeoutTimer(after: duration)
  let result = await timer.scope.run(isolation: isolation, body)
  timer.end()
  guard case .success(let value) = result, !timer.scope.isCancelled else { return nil }
  return value
}
