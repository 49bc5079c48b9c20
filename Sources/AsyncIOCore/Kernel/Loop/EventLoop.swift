// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// One thread that serves many tasks: it runs what is ready and sleeps until something else is.
///
/// A program gets its loop from ``LoopProgram`` or from ``EventLoop/run(_:file:line:_:)``; inside,
/// the functions of this package find it by themselves. Use the loop itself for what tasks
/// do not cover: scheduling callbacks, also from other threads, waiting for the descriptors of C
/// libraries, and looking at tasks and metrics.
///
/// ```swift
/// let pages = try EventLoop.run {
///   try await gather(urls, limit: 10) { url in try await fetch(url) }
/// }
/// ```
///
/// How it works: jobs, callbacks and expired timers go through one ready queue, in order. After
/// every 61 of them, or when none is left, the loop looks at its inbox (what other threads sent),
/// its timers and, if a task waits for descriptors, the operating system.
///
/// A task gives others a turn when it waits. One that finds what it asks for ready each time (a set event, a free permit or
/// lock, an item in a queue) goes to the end of the ready queue after 128 such operations, so that it cannot keep others,
/// and its own timeout, from running.
///
/// All members may be used from any thread, except where they say otherwise.
///
/// Unchecked: the state below "loop's thread" is touched by that thread only; the rest is constant,
/// locked or atomic.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// The settings the loop was made with.
  public let configuration: Configuration

  package let backendInUse: any Poller
  /// The same, where it is a ring, for what only that can do.
  package let ring: RingBackend?
  package let inbox = Inbox()
  package let registry = Guarded(TaskRegistry())
  package let monitor: StepMonitor
  /// What there is one of, such as the pool of threads.
  let services = Guarded<[any LoopService]>([])
  let observers = Guarded(ObserverSet())
  package let counters = LoopCounters()
  let isTakeover: Bool
  /// What the loop is for.
  let role: Role

  package enum Role {
    /// One run, which ends with its body.
    case run
    /// To serve code outside all loops.
    case background
    /// To serve the tasks that send work to its pool.
    case poolMember
  }

  /// What is under way besides ready tasks and timers.
  package let pending = PendingWork()
  let hasEnded = Atomic<Bool>(false)
  /// Hands out the signals that have come; set while a task listens for signals here.
  package let signalDispatch = SignalDispatch()

  // Loop's thread. The hottest are behind pointers: accesses to properties of a class are checked
  // for exclusivity, each for the price of a hundred instructions.
  private let readyStorage: UnsafeMutablePointer<ReadyQueue>
  private let timerStorage = UnsafeMutablePointer<TimerHeap>.allocate(capacity: 1)
  private let turnstileStorage = UnsafeMutablePointer<Turnstile>.allocate(capacity: 1)
  var descriptors = DescriptorTable()
  /// Whether a look out for what threads send is worth a moment more.
  var streams = InboxBurstDetector()
  var virtualTime: Int64 = 0
  let sharedVirtualTime = Atomic<Int64>(0)
  private var scratchStorage: UnsafeMutableRawBufferPointer?
  /// Whether code of a user is looking at it.
  @usableFromInline @exclusivity(unchecked) var isScratchLent = false
  private var stepNumber: UInt64 = 0
  /// How the running task is to be run again, should it suspend.
  private(set) var runningKind = ReadyEntryKind.task
  /// The address of the record of the task that the running step belongs to; 0 if it is not known.
  private let runningRecord = Atomic<UInt>(0)
  var lastFinished: TaskRecord?
  private var lastFinishedIdentity: UInt = 0
  var stuckWatch = StuckWatch()
  /// Which task waits for which; nil where deadlocks are not looked for.
  let waitGraph: WaitGraph?
  /// For tests: called while the loop ends.
  var endingHook: ((EndingStage) -> Void)?
  /// A timer that is no reason to go on when it is the only one left.
  var incidentalTimer: TimerNode?

  /// How many entries run between two looks at the inbox, the timers and the operating system.
  private static let batchSize = 61

  package init(
    _ configuration: Configuration, takeover: Bool = false, role: Role = .run
  ) throws(EventLoopError) {
    self.configuration = configuration
    isTakeover = takeover
    self.role = role
    Syscalls.fillStandardDescriptors()
    do {
      backendInUse = try Self.makeBackend(configuration.backend.resolved())
    } catch let error as SystemError {
      throw EventLoopError(.system, "cannot make an event loop", cause: error)
    } catch let error as EventLoopError {
      throw error
    } catch {
      throw EventLoopError(.system, "cannot make an event loop: \(error)")
    }
    ring = backendInUse as? RingBackend
    readyStorage = .allocate(capacity: 1)
    readyStorage.initialize(to: ReadyQueue(order: configuration.order))
    timerStorage.initialize(to: TimerHeap())
    monitor = StepMonitor(threshold: configuration.slowStepThreshold.nanoseconds)
    waitGraph = configuration.detectsDeadlocks ? WaitGraph() : nil
    turnstileStorage.initialize(to: Turnstile(self))
  }

  deinit {
    readyStorage.deinitialize(count: 1).deallocate()
    timerStorage.deinitialize(count: 1).deallocate()
    turnstileStorage.deinitialize(count: 1).deallocate()
    scratchStorage?.deallocate()
  }

  /// Memory for whatever the running step reads; made when it is first needed.
  @usableFromInline package var scratch: UnsafeMutableRawBufferPointer {
    if let scratchStorage { return scratchStorage }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Scratch.size, alignment: 16)
    scratchStorage = scratch
    return scratch
  }

  var ready: ReadyQueue {
    @inline(__always) unsafeAddress { UnsafePointer(readyStorage) }
    @inline(__always) unsafeMutableAddress { readyStorage }
  }

  /// Where tasks suspend.
  @usableFromInline var turnstile: Turnstile {
    @inline(__always) unsafeAddress { UnsafePointer(turnstileStorage) }
  }

  var timers: TimerHeap {
    @inline(__always) unsafeAddress { UnsafePointer(timerStorage) }
    @inline(__always) unsafeMutableAddress { timerStorage }
  }

  /// The loop that runs on this thread, or nil.
  public static var current: EventLoop? {
    guard let pointer = asyncio_get_thread_loop() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// As `current`, without a reference to it: for what happens all the time.
  @inline(__always)
  static func withCurrent<Result>(_ body: (EventLoop) -> Result) -> Result? {
    guard let pointer = asyncio_get_thread_loop() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer)._withUnsafeGuaranteedRef(body)
  }

  /// How the loop waits for the operating system: what `automatic` turned out to be.
  public var backend: Backend { backendInUse.kind }

  /// The loop's present time.
  public var now: LoopClock.Instant { LoopClock.Instant(nanoseconds: currentTime()) }

  /// The tasks of this loop that have not ended: those started by this package's functions, in the
  /// order of their creation.
  ///
  /// Asked on the loop's own thread, it tells a task that awaits something outside the package from one that is ready.
  /// Complexity: O(*n*), there also in the number of ready tasks.
  public var tasks: [TaskSnapshot] {
    // The parts of a task (the body of a timeout) are ready under a name of their own: then there is no telling.
    let ready = isCurrent ? self.ready.taskIdentities : nil
    let running = runningRecord.load(ordering: .relaxed)
    return registry.withLock { $0.snapshots(ready: ready, running: running) }
  }

  // MARK: Where code runs

  package var isCurrent: Bool {
    asyncio_get_thread_loop() == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  package var isEnded: Bool { hasEnded.load(ordering: .acquiring) }

  /// The loop that the caller belongs to: its thread's, else its task's.
  package static var ambientIfAny: EventLoop? { current ?? TaskRecord.current?.loop }

  /// As `ambientIfAny`; code that belongs to no loop gets the one that serves in the background.
  @usableFromInline
  package static var ambient: EventLoop {
    if let loop = ambientIfAny, !loop.isEnded { return loop }
    return BackgroundLoop.shared
  }

  /// The executor preference for new tasks: none under takeover, where the loop is the default, and
  /// none for code that belongs to no loop: it stays on the executors it came from.
  @usableFromInline
  var preferredExecutor: EventLoop? { isTakeover || role == .background ? nil : self }

  // MARK: Time

  package func currentTime() -> Int64 {
    switch configuration.clock {
    case .system: Syscalls.bootTime()
    case .virtual: sharedVirtualTime.load(ordering: .relaxed)
    }
  }

  // MARK: Taking in work

  /// Adds an entry at the end of the ready queue.
  ///
  /// On the loop's thread only.
  @inline(__always)
  func enqueueOnLoop(_ entry: ReadyEntry) { ready.append(entry) }

  /// Adds an entry, on the thread of a loop that has taken over; false on others.
  @inline(__always)
  func enqueueIfTakeover(_ entry: ReadyEntry) -> Bool {
    if isTakeover { enqueueOnLoop(entry) }
    return isTakeover
  }

  /// Adds an entry, from any thread.
  ///
  /// A loop that has ended passes jobs on to the background loop, so that no task is ever stranded.
  @inline(__always)
  func enqueue(_ entry: ReadyEntry) {
    if isCurrent { enqueueOnLoop(entry) } else { post(.entry(entry)) }
  }

  /// Runs a job on the loop: makes the loop a task executor, for `Task(executorPreference:)` and
  /// `withTaskExecutorPreference(_:)`.
  public func enqueue(_ job: consuming ExecutorJob) {
    // Once the entry is in, the loop may run it, end, and be released by its last owner, while this
    // thread still has to look whether it must wake it. The runtime does not keep executors alive
    // here.
    let keptAlive = Unmanaged.passRetained(self)
    defer { keptAlive.release() }
    enqueue(ReadyEntry(job: UnownedJob(job), kind: .task))
  }

  /// Sends something from another thread, which keeps the loop alive until this returns.
  package func post(_ item: consuming InboxItem) {
    if isEnded { return BackgroundLoop.adopt(item, from: self) }
    if inbox.post(item) { backendInUse.wake() }
    // The loop may have ended between the look and the post: no other code empties its inbox then.
    if isEnded { forwardLateEntries() }
  }

  /// Has the loop look again at what it waits for, because something has changed.
  ///
  /// An entry, though it does nothing: a bare wake-up could come between the loop's last look and
  /// its sleep.
  package func wake() {
    if !isCurrent { post(.entry(ReadyEntry(callback: LoopStep()))) }
  }

  // MARK: Running

  /// Runs until `isDone`.
  ///
  /// `onStuck` is asked what to do when nothing can wake the loop again.
  func runLoop(until isDone: () -> Bool, onStuck: () -> Void) {
    while !isDone() {
      turn(isDone: isDone, onStuck: onStuck)
    }
  }

  private func turn(isDone: () -> Bool, onStuck: () -> Void) {
    counters.turns.increment()
    if !inbox.isEmpty { streams.note(ready.append(from: inbox)) }
    runBatch()
    expireTimers()
    takeSignals()
    if !ready.isEmpty || !inbox.isEmpty {
      if pending.needsPolling { poll(timeoutNanoseconds: 0) }
    } else if !isDone() {
      UnretrievedErrors.report(of: self, all: false)
      idle(onStuck: onStuck)
    }
  }

  @inline(__always)
  func takeSignals() {
    if signalDispatch.isWanted, asyncio_signals_pending() { signalDispatch.run() }
  }

  /// Runs at most one batch; what becomes ready meanwhile goes behind what is.
  func runBatch() {
    var budget = Self.batchSize
    while budget > 0, let entry = ready.popNext() {
      run(entry)
      budget -= 1
    }
  }

  @inline(__always)
  func run(_ entry: ReadyEntry) {
    stepNumber &+= 1
    let number = stepNumber
    monitor.beginStep(number)
    runningRecord.store(0, ordering: .relaxed)
    asyncio_set_operation_budget(RunningTask.operationsPerStep)
    switch entry.kind {
    case .task:
      runningKind = .task
      entry.job.runSynchronously(on: taskExecutorReference)
    case .main:
      runningKind = .main
      TakeoverExecutors.runOnMainActor(entry.job)
    case .callback:
      runningKind = .task
      entry.takeCallback().run(on: self)
    case .scheduled:
      runningKind = .task
      ready.popCallback().run()
    }
    if monitor.suspects(number) { reportSlowStep(entry) }
  }

  private var taskExecutorReference: UnownedTaskExecutor {
    isTakeover ? TakeoverExecutors.defaultReference : asUnownedTaskExecutor()
  }

  private func expireTimers() {
    guard !timers.isEmpty else { return }
    let now = currentTime()
    while let timer = timers.popExpired(at: now) { timer.expire(on: self) }
  }

  // MARK: Naming the running step

  /// Notes which task the running step belongs to.
  func noteRunning(_ record: TaskRecord) {
    guard isCurrent else { return }
    runningRecord.store(
      UInt(bitPattern: Unmanaged.passUnretained(record).toOpaque()), ordering: .relaxed)
  }

  /// Takes a task out of the list of tasks when it ends.
  func noteFinished(_ record: TaskRecord) {
    let handle = registry.withLock { $0.remove(record) }
    if isCurrent {
      lastFinished = record
      lastFinishedIdentity = handle?.identity ?? 0
    } else {
      wake()
    }
  }

  private func reportSlowStep(_ entry: ReadyEntry) {
    guard let nanoseconds = monitor.durationOfSuspect(at: Syscalls.bootTime()) else { return }
    counters.slowSteps.increment()
    SlowStepReport.logEnd(
      milliseconds: nanoseconds / 1_000_000, title: titleOfStep(entry), loop: configuration.name)
  }

  private func titleOfStep(_ entry: ReadyEntry) -> String {
    if let title = titleOfRunningTask { return title }
    if let lastFinished,
      UInt(bitPattern: Unmanaged.passUnretained(lastFinished).toOpaque())
        == runningRecord.load(ordering: .relaxed)
    {
      return lastFinished.titleWithSite
    }
    if entry.kind == .callback || entry.kind == .scheduled { return "a callback" }
    let identity = entry.taskIdentity
    if let lastFinished, lastFinishedIdentity == identity {
      return lastFinished.titleWithSite
    }
    if let identity, let record = registry.withLock({ $0.record(withIdentity: identity) }) {
      return record.titleWithSite
    }
    return "a task that was not created by AsyncIO"
  }

  /// What the task is called that the running step belongs to; nil if that is not known.
  ///
  /// From any thread: a record is looked at only while the list of tasks holds it.
  package var titleOfRunningTask: String? {
    let address = runningRecord.load(ordering: .relaxed)
    return address == 0 ? nil : registry.withLock { $0.record(at: address)?.titleWithSite }
  }
}
