// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// One run of a loop, from the start of its body to the end of its last task.
package final class LoopRun<Success: Sendable> {
  private let loop: EventLoop
  private let site: SourceSite
  private let result = Guarded<Result<Success, any Error>?>(nil)
  /// Whether there is a result: asked at every turn, so it takes neither a lock nor a generic type.
  private let hasResult: Completed
  private var main: Task<Success, any Error>?
  private var deadlock: DeadlockError?

  package init(_ loop: EventLoop, site: SourceSite) {
    self.loop = loop
    self.site = site
    hasResult = Completed()
  }

  /// Cancels the body, as a signal does.
  ///
  /// On the loop's thread.
  package func cancel() { main?.cancel() }

  /// Runs `body` to its end, and everything it leaves behind.
  ///
  /// `onBodyEnd` is called when the body has ended, `onUnfinished` each time the tasks that will not end have been named.
  package func perform(
    onBodyEnd: () -> Void = {},
    onUnfinished: @escaping @Sendable (_ times: Int) -> Void = { _ in },
    _ body: sending @escaping @isolated(any) () async throws -> Success
  ) -> Result<Success, any Error> {
    if loop.isTakeover { TakeoverExecutors.attach(loop) }
    Watchdog.shared.add(loop)
    defer { Watchdog.shared.remove(loop) }
    let body = UncheckedSendable(body)
    loop.asCurrent {
      startMain(body)
      runMain()
      onBodyEnd()
      endTasks(onUnfinished)
      UnretrievedErrors.report(of: loop, all: true)
    }
    loop.close()
    if let deadlock { return .failure(deadlock) }
    return result.withLock { $0 } ?? .failure(EventLoopError.ended(loop))
  }

  private func startMain(_ body: UncheckedSendable<@isolated(any) () async throws -> Success>) {
    let (result, hasResult) = (result, hasResult)
    main = TaskFactory.start(label: TaskLabel("main"), site: site, on: loop, []) {
      do {
        let value = try await body.value()
        result.withLock { $0 = .success(value) }
        hasResult.set()
        return value
      } catch {
        result.withLock { $0 = .failure(error) }
        hasResult.set()
        throw error
      }
    }
  }

  /// Until the body has ended, or nothing can ever make it end.
  private func runMain() {
    loop.runLoop {
      deadlock != nil || hasResult.isSet
    } onStuck: {
      deadlock = DeadlockError(tasks: loop.idleSnapshots, isCircle: false)
    }
  }

  /// Cancels what is left and waits for it.
  private func endTasks(_ onUnfinished: @escaping @Sendable (Int) -> Void) {
    for task in loop.registry.withLock({ $0.cancelAll() }) { task.cancel() }
    let reminder = UnfinishedReminder(every: loop.configuration.shutdownGrace, onUnfinished)
    var isHopeless = false
    loop.arm(reminder, deadline: reminder.next(after: loop.currentTime()))
    // After a deadlock, and in virtual time, the loop does not wait for what cannot come.
    let mayGiveUp = deadlock != nil || loop.configuration.clock == .virtual
    if mayGiveUp { loop.incidentalTimer = reminder }
    loop.runLoop {
      isHopeless || isFinished
    } onStuck: {
      isHopeless = mayGiveUp
      // After a deadlock the error has the list.
      if isHopeless, deadlock == nil { reminder.warn(loop) }
    }
    loop.incidentalTimer = nil
    loop.disarm(reminder)
  }

  private var isFinished: Bool {
    loop.registry.withLock { $0.count == 0 } && !loop.pending.delaysEnd
  }
}

/// Whether the body has ended, from whatever thread.
private final class Completed: Sendable {
  private let flag = Atomic<Bool>(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

/// Names, again and again, the tasks that ignore the end of the run.
///
/// Unchecked: belongs to the loop's thread.
private final class UnfinishedReminder: TimerNode, @unchecked Sendable {
  private let interval: Duration
  private let onUnfinished: @Sendable (Int) -> Void
  private var times = 0

  init(every interval: Duration, _ onUnfinished: @escaping @Sendable (Int) -> Void) {
    self.interval = interval
    self.onUnfinished = onUnfinished
  }

  func next(after now: Int64) -> Int64 { now.addingSaturating(interval.nanoseconds) }

  override func run(on loop: EventLoop) {
    times += 1
    warn(loop)
    onUnfinished(times)
    loop.arm(self, deadline: next(after: loop.currentTime()))
  }

  func warn(_ loop: EventLoop) {
    let tasks = loop.tasks.map { "\n  \($0)" }.joined()
    let others = loop.unfinishedWork.map { "\n  \($0)" }.joined()
    Log.warning(
      "the event loop \"\(loop.configuration.name)\" has tasks that were cancelled "
        + (times > 0 ? "\(interval * times) ago and still run:" : "and that nothing can wake:")
        + "\(tasks)\(others)")
  }
}
