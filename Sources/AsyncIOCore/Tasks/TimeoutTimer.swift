// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The timer behind a timeout, and the scope that it cancels.
///
/// Unchecked: what several threads touch is atomic; the rest is the timer's, on the loop's thread.
@usableFromInline
final class TimeoutTimer: TimerNode, @unchecked Sendable {
  private static let never = Int64.max
  private static let over = Int64.min

  @usableFromInline let scope = CancelScope(isTimed: true)
  private let loop: EventLoop
  private let start: Int64
  /// When the time is up, `never`, or `over`: the body has ended or its time was up, and nothing moves
  /// the deadline any more.
  private let pending: Atomic<Int64>
  /// The last deadline there was, or `never`.
  private let last: Atomic<Int64>
  private let hasLoopEnded = Atomic<Bool>(false)
  // Loop's thread.
  private var hasWaitedOneRound = false

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
    pending = Atomic(deadline)
    last = Atomic(deadline)
    super.init()
    if deadline <= start {
      pending.store(Self.over, ordering: .relaxed)
      scope.cancel()
    } else if loop.isCurrent, !loop.isEnded {
      loop.insertTimer(self, deadline: deadline)
    } else {
      loop.onLoop(otherwise: { self.abandon(on: loop, deadline: deadline) }) { self.rearm(on: $0) }
    }
  }

  var deadlineIfAny: LoopClock.Instant? {
    let deadline = last.load(ordering: .acquiring)
    return deadline == Self.never ? nil : LoopClock.Instant(nanoseconds: deadline)
  }

  var description: String {
    if scope.isCancelled { return "expired" }
    switch pending.load(ordering: .acquiring) {
    case Self.over: return "finished"
    case Self.never: return "active, no deadline"
    case let deadline:
      return "active, \(Duration.nanoseconds(deadline - loop.currentTime())) left"
    }
  }

  override func run(on loop: EventLoop) {
    let deadline = pending.load(ordering: .acquiring)
    if deadline == Self.over { return }
    if deadline > loop.currentTime() { return rearm(on: loop) }
    // Behind everything that was ready when the time came, and once more behind what that has made
    // ready: a value that is there wins.
    guard hasWaitedOneRound else {
      hasWaitedOneRound = true
      return loop.enqueueOnLoop(ReadyEntry(callback: self))
    }
    let (isUp, now) = pending.compareExchange(
      expected: deadline, desired: Self.over, ordering: .acquiringAndReleasing)
    if isUp { scope.cancel() } else if now != Self.over { rearm(on: loop) }
  }

  /// No loop is left to say when the time is up: the body is cancelled, and has not timed out.
  override func abandon(on loop: EventLoop, deadline: Int64) {
    if pending.exchange(Self.over, ordering: .acquiringAndReleasing) == Self.over { return }
    hasLoopEnded.store(true, ordering: .releasing)
    scope.cancel()
  }

  func move(to deadline: LoopClock.Instant?) {
    // The end of the clock's range never comes, whichever way it is said.
    let new = max(deadline?.nanoseconds ?? Self.never, Self.over + 1)
    var current = pending.load(ordering: .acquiring)
    while current != Self.over {
      let (isMoved, now) = pending.compareExchange(
        expected: current, desired: new, ordering: .acquiringAndReleasing)
      if isMoved {
        last.store(new, ordering: .releasing)
        return loop.onLoop(otherwise: { [loop] in self.abandon(on: loop, deadline: new) }) {
          self.rearm(on: $0)
        }
      }
      current = now
    }
  }

  /// Makes the timer fit the deadline.
  ///
  /// On the loop's thread, and perhaps later than it was asked for.
  private func rearm(on loop: EventLoop) {
    // The last steps of a loop come after it has ended the timers.
    if loop.isEnded {
      if pending.load(ordering: .acquiring) != Self.never { abandon(on: loop, deadline: 0) }
      return
    }
    loop.removeTimer(self)
    hasWaitedOneRound = false
    let deadline = pending.load(ordering: .acquiring)
    if deadline != Self.over, deadline != Self.never {
      loop.insertTimer(self, deadline: deadline)
    }
  }

  /// The body has ended.
  @usableFromInline
  func end() {
    pending.store(Self.over, ordering: .releasing)
    if loop.isCurrent {
      loop.removeTimer(self)
    } else {
      loop.onLoop { $0.removeTimer(self) }
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
    guard error is CancellationError, scope.isCancelled, !RunningTask.isCancelled,
      !hasLoopEnded.load(ordering: .acquiring)
    else { return error }
    let allowed = max(0, last.load(ordering: .acquiring).subtractingSaturating(start))
    return TimeoutError(duration: .nanoseconds(allowed), taskName: TaskRecord.current?.name)
  }
}
