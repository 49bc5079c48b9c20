// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  internal import CAsyncIO
  @_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) internal import _Concurrency

  /// The one file that uses the runtime's experimental interface for custom executors.
  ///
  /// Under takeover the process's main and default executors are the two below; both put their jobs
  /// into the queue of the loop that is attached, and keep them while none is.
  package enum TakeoverExecutors {
    private struct State {
      var isInstalled = false
      var loop: EventLoop?
      /// Jobs that came while no loop ran: between two runs, or before the first.
      var waiting: [ReadyEntry] = []
      /// Sleeps whose loop has ended before their time came, with that, of the system's clock: they go on.
      var sleeping: [(entry: ReadyEntry, deadline: Int64)] = []
    }

    private static let state = Guarded(State())
    fileprivate static let main = TakeoverMainExecutor()
    fileprivate static let standard = TakeoverDefaultExecutor()

    private static let mainReference = main.asUnownedSerialExecutor()
    static let defaultReference = standard.asUnownedTaskExecutor()

    /// Runs a job of the main actor, on the thread of the loop that has taken over.
    @inline(__always)
    static func runOnMainActor(_ job: UnownedJob) { job.runSynchronously(on: mainReference) }

    /// Why a loop cannot take over, which it can on the main thread, with nothing of concurrency under way, or
    /// after an earlier takeover has ended; nil if it can.
    ///
    /// A program with `LoopProgram` as its entry point is trusted: its other threads, a sanitizer's
    /// say, have nothing to do with concurrency.
    package static func obstacle(isEntryPoint: Bool = false) -> TakeoverObstacle? {
      guard !asyncio_runtime_has_executor_hook() else { return .otherExecutor }
      return isAtStart(isEntryPoint: isEntryPoint) ? nil : .notAtStart
    }

    private static func isAtStart(isEntryPoint: Bool) -> Bool {
      guard Syscalls.isMainThread, !isInsideTask else { return false }
      let (isInstalled, isAttached) = state.withLock { ($0.isInstalled, $0.loop != nil) }
      if isInstalled || isEntryPoint { return !isAttached }
      // The runtime's own executors make threads the first time they are used: a process with one
      // thread has not used them.
      return ThreadCensus.isAlone
    }

    private static let hasNoticed = Guarded(false)

    /// Looks whether other code has become the default executor while a loop had taken over, and says so once.
    static func noticeOtherExecutor() {
      guard asyncio_runtime_has_executor_hook() else { return }
      let isNew = hasNoticed.withLock { noticed in
        defer { noticed = true }
        return !noticed
      }
      if isNew {
        Log.error(
          "other code has set itself up as the process's default executor while an event loop had taken over: tasks run on its "
            + "threads from now on; install it before the loop starts, which then runs in scoped mode"
        )
      }
    }

    private static var isInsideTask: Bool { withUnsafeCurrentTask { $0 != nil } }

    /// Makes `loop` the executor of everything that has no other.
    static func attach(_ loop: EventLoop) {
      let (mustInstall, waiting, sleeping) = state.withLock { state in
        defer {
          state.isInstalled = true
          state.loop = loop
          (state.waiting, state.sleeping) = ([], [])
        }
        return (!state.isInstalled, state.waiting, state.sleeping)
      }
      if mustInstall { _createExecutors(factory: TakeoverFactory.self) }
      for entry in waiting { loop.enqueueOnLoop(entry) }
      let (now, systemTime) = (loop.currentTime(), Syscalls.bootTime())
      for (entry, deadline) in sleeping {
        let left = max(0, deadline.subtractingSaturating(systemTime))
        loop.timers.insert(JobTimer(entry), deadline: now.addingSaturating(left))
      }
    }

    /// A sleep goes on when its loop ends.
    fileprivate static func keepSleeping(_ entry: ReadyEntry, for nanoseconds: Int64) {
      let deadline = Syscalls.bootTime().addingSaturating(nanoseconds)
      let next = state.withLock { state -> EventLoop? in
        if let loop = state.loop, !loop.isEnded { return loop }
        state.sleeping.append((entry, deadline))
        return nil
      }
      // The next loop has begun meanwhile.
      next?.post(.entry(ReadyEntry(callback: JobTimerStart(entry, delay: nanoseconds))))
    }

    /// Lets go of a loop that has ended; what it had not run waits for the next.
    static func detach(_ loop: EventLoop) {
      // Steps of the ended loop have lost their purpose, and may have to say so.
      let rest = state.withLock { state -> [InboxItem] in
        state.loop = nil
        var rest: [InboxItem] = []
        for item in loop.ready.takeAll() + loop.inbox.takeAll() {
          if case .entry(let entry) = item, entry.kind != .callback {
            state.waiting.append(entry)
          } else {
            rest.append(item)
          }
        }
        return rest
      }
      for item in rest { BackgroundLoop.adopt(item, from: loop) }
    }

    static func enqueue(_ entry: ReadyEntry) {
      if EventLoop.withCurrent({ $0.enqueueIfTakeover(entry) }) == true { return }
      let loop = state.withLock { state -> EventLoop? in
        // One that has ended, and has not let go yet, would send it back here.
        if let loop = state.loop, !loop.isEnded { return loop }
        state.waiting.append(entry)
        return nil
      }
      loop?.post(.entry(entry))
    }

    fileprivate static func enqueue<C: Clock>(
      _ entry: ReadyEntry, after delay: C.Duration, clock: C
    ) {
      guard let delay = delay as? Duration else {
        failRequirement(
          "AsyncIO: cannot sleep on \(C.self), whose Duration is not Swift.Duration")
      }
      enqueue(ReadyEntry(callback: JobTimerStart(entry, delay: delay.nanoseconds)))
    }
  }

  /// Arms the timer of a `Task.sleep`, on the loop's thread.
  private final class JobTimerStart: LoopStep, @unchecked Sendable {
    private let entry: ReadyEntry
    private let delay: Int64

    init(_ entry: ReadyEntry, delay: Int64) {
      self.entry = entry
      self.delay = delay
    }

    override func run(on loop: EventLoop) {
      var delay = delay
      if loop.configuration.clock == .virtual {
        // The runtime names a point of real time, some nanoseconds less than what was asked for: in
        // virtual time it is rounded up to a whole millisecond, so that each run is the same.
        delay = delay.addingSaturating(999_999) / 1_000_000 * 1_000_000
      }
      // The last steps of a loop come after it has ended the timers.
      if loop.isEnded { return discard() }
      let deadline = loop.currentTime().addingSaturating(max(0, delay))
      loop.timers.insert(JobTimer(entry), deadline: deadline)
    }

    override func discard() { TakeoverExecutors.keepSleeping(entry, for: max(0, delay)) }
  }

  /// The timer of a `Task.sleep`.
  private final class JobTimer: TimerNode, @unchecked Sendable {
    private let entry: ReadyEntry
    init(_ entry: ReadyEntry) { self.entry = entry }
    override func expire(on loop: EventLoop) { loop.enqueueOnLoop(entry) }
    // Its task is beyond our reach, and nothing may tell it that the time has come: it sleeps until then, on the next loop.
    override func abandon(on loop: EventLoop, deadline: Int64) {
      let left = deadline.subtractingSaturating(loop.currentTime())
      TakeoverExecutors.keepSleeping(entry, for: max(0, left))
    }
  }

  private struct TakeoverFactory: ExecutorFactory {
    static var mainExecutor: any MainExecutor { TakeoverExecutors.main }
    static var defaultExecutor: any TaskExecutor { TakeoverExecutors.standard }
  }

  /// An executor whose jobs go to the loop that has taken over.
  private protocol TakeoverExecutor: SchedulingExecutor {
    var kind: ReadyEntryKind { get }
  }

  extension TakeoverExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      TakeoverExecutors.enqueue(ReadyEntry(job: UnownedJob(job), kind: kind))
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
      TakeoverExecutors.enqueue(
        ReadyEntry(job: UnownedJob(job), kind: kind), after: delay, clock: clock)
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
      enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
    }
  }

  private final class TakeoverMainExecutor: MainExecutor, TakeoverExecutor {
    var kind: ReadyEntryKind { .main }
    var isMainExecutor: Bool { true }

    // The loop is run by `EventLoop.run`, not by the runtime.
    func run() throws {}
    func stop() {}

    func isSameExclusiveExecutionContext(other: TakeoverMainExecutor) -> Bool { true }

    func checkIsolated() {
      require(EventLoop.current?.isTakeover == true, "not on the main actor's thread")
    }
  }

  private final class TakeoverDefaultExecutor: TaskExecutor, TakeoverExecutor {
    var kind: ReadyEntryKind { .task }
  }
#endif
