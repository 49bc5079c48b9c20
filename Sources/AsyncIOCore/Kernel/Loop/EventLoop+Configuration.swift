// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension EventLoop {
  /// How a loop asks the operating system what is ready.
  public typealias Backend = BackendKind

  /// Which tasks run on the loop.
  public enum Mode: Sendable {
    /// `takeover` when called on the main thread of a process that has not used concurrency before,
    /// `scoped` otherwise, and where no loop can take over: beside another executor (NIO's singleton group as the
    /// process's executor), which is logged, and with a compiler that the package was not verified with.
    case automatic
    /// The loop is the default executor and the main actor's executor of the process: every task
    /// runs on its one thread, `Task {}`, actors and `@MainActor` code included.
    case takeover
    /// The body, and what this package's functions start from it, runs on the loop by task executor
    /// preference. The rest of the process is not touched; several such loops can run at once.
    case scoped
  }

  /// Where a loop's time comes from.
  public enum ClockSource: Sendable {
    /// The system's clock, as `ContinuousClock`.
    case system
    /// Time that passes only while nothing else can happen: when no task is ready and no blocking
    /// call is in flight, the clock jumps to the next timer. For tests; starts at zero.
    case virtual
  }

  /// Which of the ready tasks runs next.
  public enum Order: Sendable, Hashable {
    /// The one that has been ready longest.
    case fifo
    /// One picked by a generator that starts from this seed: one seed is one schedule, the same on
    /// every run and every machine. For tests that look for orders that fail.
    case seeded(UInt64)
  }

  /// The settings of a loop.
  public struct Configuration: Sendable {
    /// Names the loop in messages, and its threads.
    public var name: String
    /// How the loop waits for the operating system.
    public var backend: Backend
    /// Which tasks run on the loop.
    public var mode: Mode
    /// The largest number of threads for `runBlocking`; calls beyond it wait in line.
    ///
    /// Threads are started as they are needed and end after ten seconds without work.
    public var blockingThreads: Int
    /// A task that keeps the loop for longer in one go is reported in the log.
    ///
    /// Zero reports none.
    public var slowStepThreshold: Duration
    /// Where the loop's time comes from.
    public var clock: ClockSource
    /// Which of the ready tasks runs next.
    public var order: Order
    /// Whether a run ends with ``DeadlockError`` when nothing can ever wake it again, a lock or a join that would close a
    /// circle of waiting tasks throws it, and a loop that only other threads can wake says so in the log after 5 s, and each
    /// minute from then on.
    public var detectsDeadlocks: Bool
    /// How often `run`, while it waits for tasks that ignore their cancellation, names them in the
    /// log; a ``LoopProgram`` ends after the third time.
    public var shutdownGrace: Duration

    /// Makes a configuration; what is not given has its usual value.
    public init(
      name: String = "asyncio", backend: Backend = .automatic, mode: Mode = .automatic,
      blockingThreads: Int = 64, slowStepThreshold: Duration = .milliseconds(100),
      clock: ClockSource = .system, order: Order = .fifo, shutdownGrace: Duration = .seconds(10),
      detectsDeadlocks: Bool = true
    ) {
      require(
        blockingThreads > 0,
        "Configuration: blockingThreads must be positive, got \(blockingThreads)")
      require(
        shutdownGrace > .zero, "Configuration: shutdownGrace must be positive, got \(shutdownGrace)"
      )
      self.name = name
      self.backend = backend
      self.mode = mode
      self.blockingThreads = blockingThreads
      self.slowStepThreshold = slowStepThreshold
      self.clock = clock
      self.order = order
      self.shutdownGrace = shutdownGrace
      self.detectsDeadlocks = detectsDeadlocks
    }
  }
}

extension EventLoop.Backend {
  /// The back end to use: the environment decides where the program leaves it open.
  func resolved() throws(EventLoopError) -> EventLoop.Backend {
    guard self == .automatic, let name = Syscalls.environment("ASYNCIO_BACKEND"), !name.isEmpty
    else { return self }
    guard let backend = EventLoop.Backend(rawValue: name) else {
      throw EventLoopError(
        .invalidConfiguration,
        "ASYNCIO_BACKEND is \"\(name)\"; it can be epoll, io_uring or automatic")
    }
    return backend
  }
}
