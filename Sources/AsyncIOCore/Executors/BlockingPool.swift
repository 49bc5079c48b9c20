// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule
internal import Synchronization

/// The threads of a loop for calls that block.
///
/// A task that holds one of the pool's permits moves to a thread, runs its call there and moves
/// back, so its task-local values, its priority and `Task.isCancelled` are its own.
///
/// There are never more permits than `limit`; tasks wait for them in line. A thread is started when
/// permits outnumber threads, and ends after ten seconds without work.
///
/// Unchecked: all state is behind locks.
package final class BlockingPool: TaskExecutor, @unchecked Sendable {
  package struct Statistics {
    package var threads = 0
    package var running = 0
    package var waiting = 0
  }

  private struct Threads {
    var jobs = Deque<UnownedJob>()
    var count = 0
    var lastNumber = 0
    /// Permits given out: no thread ends that one of them may need.
    var needed = 0
    var isClosed = false
  }

  private static let idleNanoseconds: Int64 = 10_000_000_000

  private let name: String
  private let permits: AsyncSemaphore
  private let limit: Int
  private let threads = LockWithCondition(Threads())
  /// How many jobs wait for a thread, for code that looks without the lock.
  private let pending = Atomic<Int>(0)

  /// The loop's work, which the calls are part of; nil for a pool whose users see to that.
  private let work: PendingWork?

  package init(name: String, limit: Int, work: PendingWork? = nil) {
    self.name = name
    self.limit = limit
    self.work = work
    permits = AsyncSemaphore(permits: limit)
  }

  package var statistics: Statistics {
    let (count, needed) = threads.withLock { ($0.count, $0.needed) }
    return Statistics(threads: count, running: needed, waiting: permits.statistics.waiting)
  }

  /// Runs `body` on a thread of the pool, in the calling task.
  package func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    // From here on, and until the caller goes on: it may come from an actor, and goes back there.
    work?.begin(.blockingCall)
    defer { work?.end(.blockingCall) }
    return try await runOnThread(body)
  }

  /// Concurrent, so that the task comes back to its loop from the thread: the code of an actor would go on there.
  @concurrent
  private func runOnThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await permits.acquire(count: 1, reason: .thread)
    defer { permits.release() }
    try reserveThread()
    work?.beginCallAtThread()
    defer {
      work?.endCallAtThread()
      threads.withLock { $0.needed -= 1 }
    }
    return try await withTaskExecutorPreference(self) { @concurrent () async throws in
      try body()
    }
  }

  /// Begins a call at a thread, and returns when it has one: nothing waits for its end, not even the end of a run.
  ///
  /// `body` runs at the thread, and reports its result by itself.
  ///
  /// - Throws: `CancellationError` when the task is cancelled before there is a thread; the error of a thread that cannot be made.
  package func start(_ body: @escaping @Sendable () -> Void) async throws {
    try await permits.acquire(count: 1, reason: .thread)
    do {
      try reserveThread()
    } catch {
      permits.release()
      throw error
    }
    Task.detached(executorPreference: self) { [self] in
      body()
      threads.withLock { $0.needed -= 1 }
      permits.release()
    }
  }

  /// No more calls come: idle threads end now.
  package func close() {
    threads.withLock { $0.isClosed = true }
    threads.notifyAll()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // The job may run, and its loop end and drop the pool, before this thread has notified.
    let keptAlive = Unmanaged.passRetained(self)
    defer { keptAlive.release() }
    threads.withLock { $0.jobs.append(job) }
    pending.wrappingAdd(1, ordering: .releasing)
    threads.notify()
  }

  private func reserveThread() throws {
    let number: Int? = threads.withLock { threads in
      threads.needed += 1
      guard threads.count < threads.needed else { return nil }
      threads.count += 1
      threads.lastNumber += 1
      return threads.lastNumber
    }
    guard let number else { return }
    do {
      try Thread.start(name: "\(name.prefix(9))-\(number)") { self.serve() }
    } catch {
      threads.withLock {
        $0.needed -= 1
        $0.count -= 1
      }
      throw EventLoopError(.system, "cannot start a thread for a blocking call", cause: error)
    }
  }

  private func serve() {
    let idleness = Idleness()
    ThreadCensus.addBystander(isIdle: { idleness.isIdle.load(ordering: .acquiring) })
    defer { ThreadCensus.removeBystander() }
    while let job = nextJob(idleness) {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Waits for a job; nil when the thread is to end, which is counted already then.
  private func nextJob(_ idleness: Idleness) -> UnownedJob? {
    // Calls often follow one another at once.
    BriefSpin.until { pending.load(ordering: .acquiring) > 0 }
    idleness.isIdle.store(true, ordering: .releasing)
    defer { idleness.isIdle.store(false, ordering: .releasing) }
    while true {
      let job: UnownedJob?? = threads.wait(timeoutNanoseconds: Self.idleNanoseconds) { threads in
        if let job = threads.jobs.popFirst() {
          pending.wrappingSubtract(1, ordering: .relaxed)
          return .some(job)
        }
        return threads.isClosed && retire(&threads) ? .some(nil) : nil
      }
      if let job { return job }
      if threads.withLock({ $0.jobs.isEmpty && retire(&$0) }) { return nil }
    }
  }

  private func retire(_ threads: inout Threads) -> Bool {
    guard threads.count > threads.needed else { return false }
    threads.count -= 1
    return true
  }
}

/// Whether a thread of the pool waits for work.
private final class Idleness: Sendable {
  let isIdle = Atomic<Bool>(false)
}

extension BlockingPool: LoopService {
  package convenience init(of loop: EventLoop) {
    let configuration = loop.configuration
    self.init(
      name: configuration.name, limit: configuration.blockingThreads, work: loop.pending)
  }

  package var unfinishedWork: String? {
    let calls = statistics.running
    return calls > 0 ? "\(calls) blocking call(s) have not returned" : nil
  }
}

extension EventLoop {
  /// The pool of threads for blocking calls.
  package var blockingPool: BlockingPool { service() }
}
