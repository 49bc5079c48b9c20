// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

extension EventLoop {
  /// Runs `callback` on the loop's thread, soon.
  ///
  /// From any thread; a sleeping loop wakes up.
  ///
  /// Callbacks run in the order in which they were scheduled. An error that a callback throws is
  /// logged, with the place that scheduled it; it stops nothing. On a loop that has ended the
  /// callback does not run, and that is logged.
  public func schedule(
    file: StaticString = #fileID, line: UInt = #line,
    _ callback: consuming @escaping @Sendable () throws -> Void
  ) {
    let callback = ScheduledCallback(callback, SourceSite(file, line))
    if isCurrent, !isEnded {
      ready.append(consume callback)
    } else {
      post(.callback(consume callback))
    }
  }

  /// Runs `callback` on the loop's thread once `delay` has passed; at once when it is not positive.
  ///
  /// From any thread.
  ///
  /// Callbacks that are due at the same instant run in the order in which they were scheduled. One whose time has not come
  /// when the loop ends does not run; one that is given to a loop that has ended does not either, and that is logged.
  /// Complexity: O(log *n*) in the number of timers.
  @discardableResult
  public func schedule(
    after delay: Duration, file: StaticString = #fileID, line: UInt = #line,
    _ callback: @escaping @Sendable () throws -> Void
  ) -> TimerHandle {
    schedule(at: now.advanced(by: delay), file: file, line: line, callback)
  }

  /// Runs `callback` on the loop's thread at `deadline`; at once when that has passed.
  ///
  /// See ``schedule(after:file:line:_:)``.
  @discardableResult
  public func schedule(
    at deadline: LoopClock.Instant, file: StaticString = #fileID, line: UInt = #line,
    _ callback: @escaping @Sendable () throws -> Void
  ) -> TimerHandle {
    let callback = ScheduledCallback(callback, SourceSite(file, line))
    let timer = CallbackTimer(callback)
    arm(timer, deadline: deadline.nanoseconds)
    return TimerHandle(
      timer: timer, loop: self, deadline: deadline.nanoseconds, site: SourceSite(file, line))
  }

  /// Runs `callback` at a time of the system's clock.
  ///
  /// See ``schedule(after:file:line:_:)``.
  @_disfavoredOverload
  @discardableResult
  public func schedule(
    at deadline: ContinuousClock.Instant, file: StaticString = #fileID, line: UInt = #line,
    _ callback: @escaping @Sendable () throws -> Void
  ) -> TimerHandle {
    let delay = ContinuousClock.now.duration(to: deadline)
    return schedule(at: now.advanced(by: delay), file: file, line: line, callback)
  }

  /// Keeps the loop from calling itself deadlocked while something that it cannot see, such as a
  /// callback of a C library on another thread, may still wake its tasks.
  ///
  /// From any thread.
  public func hold() -> LoopHold { LoopHold(self) }

  // MARK: For the package

  /// Fills the places of standard descriptors that are closed, as the first loop does: for programs that open something
  /// before.
  package static func fillStandardDescriptors() { Syscalls.fillStandardDescriptors() }

  /// Keeps up to so many bytes of memory that was freed, and does not give them back to the system: for programs that are all about
  /// moving bytes.
  package static func keepFreedMemory(_ most: Int) { Syscalls.keepFreedMemory(most) }

  /// Runs `body` on the loop's thread: now when the caller is there, else soon.
  package func perform(_ body: @escaping @Sendable () -> Void) { onLoop { _ in body() } }

  /// Runs `body` behind what is ready.
  ///
  /// On the loop's thread only.
  package func runSoon(_ body: @escaping @Sendable () -> Void) {
    enqueueOnLoop(ReadyEntry(callback: LoopOperation { _ in body() }))
  }

  /// Arms a timer, from any thread.
  func arm(_ timer: TimerNode, deadline: Int64) {
    // Here already, it takes no closure.
    if isCurrent, !isEnded { return armOnLoop(timer, deadline) }
    post(.entry(ReadyEntry(callback: TimerStart(timer, deadline, self))))
  }

  /// Arms a timer; on the loop's thread, before the loop has ended.
  @inline(__always)
  func insertTimer(_ timer: TimerNode, deadline: Int64) { timers.insert(timer, deadline: deadline) }

  /// Disarms a timer, which may be armed again; on the loop's thread.
  @inline(__always)
  func removeTimer(_ timer: TimerNode) { timers.remove(timer) }

  @inline(__always)
  fileprivate func armOnLoop(_ timer: TimerNode, _ deadline: Int64) {
    if timer.isDiscarded.load(ordering: .acquiring) { return }
    timers.insert(timer, deadline: deadline)
  }

  /// Disarms a timer for good, from any thread.
  func disarm(_ timer: TimerNode) {
    timer.isDiscarded.store(true, ordering: .releasing)
    if isCurrent {
      timers.remove(timer)
    } else {
      onLoop { $0.timers.remove(timer) }
    }
  }

  /// Runs `body` on the loop's thread: now when the caller is there, else soon; `otherwise` in its place, on any thread, when
  /// the loop has ended by then.
  @inline(__always)
  package func onLoop(
    otherwise: (@Sendable () -> Void)? = nil, _ body: @escaping @Sendable (EventLoop) -> Void
  ) {
    if isCurrent { return body(self) }
    post(.entry(ReadyEntry(callback: LoopOperation(body, otherwise))))
  }
}

/// A step of the package itself that has to happen on the loop's thread.
private final class LoopOperation: LoopStep, @unchecked Sendable {
  private let body: @Sendable (EventLoop) -> Void
  private let otherwise: (@Sendable () -> Void)?

  init(
    _ body: @escaping @Sendable (EventLoop) -> Void, _ otherwise: (@Sendable () -> Void)? = nil
  ) {
    self.body = body
    self.otherwise = otherwise
  }

  override func run(on loop: EventLoop) { body(loop) }

  override func discard() { otherwise?() }
}

/// The arming of a timer by another thread.
private final class TimerStart: LoopStep, @unchecked Sendable {
  private let timer: TimerNode
  private let deadline: Int64
  private let loop: EventLoop

  init(_ timer: TimerNode, _ deadline: Int64, _ loop: EventLoop) {
    self.timer = timer
    self.deadline = deadline
    self.loop = loop
  }

  override func run(on loop: EventLoop) {
    // The last steps of a loop come after it has ended the timers.
    if loop.isEnded { discard() } else { loop.armOnLoop(timer, deadline) }
  }

  override func discard() {
    if !timer.isDiscarded.load(ordering: .acquiring) {
      timer.refuse(by: loop, deadline: deadline)
    }
  }
}
