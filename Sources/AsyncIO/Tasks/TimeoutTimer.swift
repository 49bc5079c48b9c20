// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The timer behind a timeout, and the scope that it cancels.
///
/// Unchecked: the deadline is behind a lock; the rest is the timer's, on the loop's thread.
@usableFromInline
final class TimeoutTimer: TimerNode, @unchecked Sendable {
  @usableFromInline let scope = CancelScope()
  private let loop: EventLoop
  private let start: Int64
  private let state: Guarded<State>
  // Loop's thread.
  private var hasWaitedOneRound = false

  private struct State {
    /// The last one there was, for the error.
    var lastDeadline: Int64
    var deadline: Int64?
    /// The body has ended, or its time was up: the deadline stays as it is.
    var isOver = false

    init(_ deadline: Int64) {
      lastDeadline = deadline
      self.deadline = deadline
    }
  }

  @usableFromInline
  convenience init(after duration: Duration) {
    let loop = EventLoop.ambient
    let start = loop.currentTime()
    self.init(loop, from: start, until: start.addingSaturating(duration.nanoseconds))
  }

  @usableFromInline
  convenience init(until deadline: LoopClock.Instant) {
    let loop = EventLoop.ambient
    self.init(loop, from: loop.currentTime(), until: deadline.nanoseconds)
  }

  /// Starts the timer; when its time is up already, the scope is cancelled before it is entered.
  private init(_ loop: EventLoop, from start: Int64, until deadline: Int64) {
    self.loop = loop
    self.start = start
    state = Guarded(State(deadline))
    super.init()
    if deadline <= start {
      state.withLock { $0.isOver = true }
      scope.cancel()
    } else if loop.isCurrent {
      loop.timers.insert(self, deadline: deadline)
    } else {
      loop.onLoop { self.rearm(on: $0) }
    }
  }

  var deadlineIfAny: LoopClock.Instant? {
    state.withLock { $0.deadline }.map { LoopClock.Instant(nanoseconds: $0) }
  }

  var description: String {
    let (deadline, isOver) = state.withLock { ($0.deadline, $0.isOver) }
    if scope.isCancelled { return "expired" }
    if isOver { return "finished" }
    guard let deadline else { return "active, no deadline" }
    return "active, \(Duration.nanoseconds(deadline - loop.currentTime())) left"
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
      if let deadline { state.lastDeadline = deadline.nanoseconds }
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

  /// The body has ended.
  @usableFromInline
  func end() {
    state.withLock { $0.isOver = true }
    if loop.isCurrent {
      loop.timers.remove(self)
    } else {
      loop.onLoop { $0.timers.remove(self) }
    }
  }

  /// Ends the timeout with what has become of the body.
  @inlinable
  func finish<Value>(_ result: Result<Value, any Error>) throws -> Value {
    end()
    switch result {
    case .success(let value): return value
    case .failure(let error): throw verdict(on: error)
    }
  }

  /// What to throw for the body's error: a body that let itself be cancelled by this timeout has
  /// timed out.
  ///
  /// Cancelled from outside as well, it was cancelled.
  @usableFromInline
  func verdict(on error: any Error) -> any Error {
    guard error is CancellationError, scope.isCancelled, !Task.isCancelled else { return error }
    let allowed = max(0, state.withLock { $0.lastDeadline }.subtractingSaturating(start))
    return TimeoutError(
      duration: .nanoseconds(allowed), taskName: TaskRecord.current?.name)
  }
}
