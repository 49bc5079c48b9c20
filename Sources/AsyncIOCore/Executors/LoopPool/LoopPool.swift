// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// Several event loops, each on a thread of its own: for servers and computations that want more than one
/// processor.
///
/// ```swift
/// let pool = try LoopPool(loops: .perCore)
/// let listener = try await TCPListener.bind(host: "0.0.0.0", port: 8080)
/// try await listener.serve(on: pool) { stream in … }
///
/// let digests = try await pool.spread(files) { file in try digest(of: file) }
/// await pool.close()
/// ```
///
/// The loops share nothing: each has its own tasks, timers and descriptors, and a connection stays where it
/// was given to. What tasks of different loops share has to be safe for that, as everything of this package
/// is: a queue or a semaphore wakes the loop of the task that waits, once.
///
/// They are scoped loops: the code that is sent to them runs there by task executor preference, `@concurrent`
/// functions included, and actors where they always run. The loop that sends it stays one thread.
///
/// A loop that computes for long serves nobody else meanwhile, and says so in the log
/// (`Configuration.slowStepThreshold`): give computations a pool of their own.
///
/// From any task and thread. A pool without references ends as with ``close()``.
public final class LoopPool: Sendable {
  /// How many loops.
  public enum Size: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// One for each processor that the process may use, sched_getaffinity(2).
    case perCore
    /// A fixed number of loops.
    case count(Int)

    /// Makes a fixed number of loops.
    public init(integerLiteral value: Int) { self = .count(value) }

    var number: Int {
      switch self {
      case .perCore: max(1, Int(asyncio_usable_processors()))
      case .count(let count): count
      }
    }
  }

  /// The loops.
  public let loops: [EventLoop]
  private let members: LoopPoolMembers
  private let turn = Atomic<Int>(0)

  /// Starts the loops.
  ///
  /// - Parameter configuration: The settings of each; its mode does not matter. The loops have its name and a number.
  /// - Throws: ``EventLoopError`` when the system has no threads or descriptors left.
  public init(
    loops size: Size = .perCore, configuration: EventLoop.Configuration = .init(name: "pool")
  ) throws {
    let count = size.number
    require(count > 0, "LoopPool: the number of loops must be positive, got \(count)")
    var loops: [EventLoop] = []
    for index in 0..<count {
      var settings = configuration
      settings.name = "\(configuration.name)-\(index)"
      settings.mode = .scoped
      loops.append(try EventLoop(settings, role: .poolMember))
    }
    self.loops = loops
    members = LoopPoolMembers()
    do {
      for loop in loops { try members.start(loop) }
    } catch {
      members.stop()
      throw EventLoopError(.system, "cannot start the threads of a pool of loops", cause: error)
    }
  }

  deinit { members.stop() }

  /// The number of loops.
  public var count: Int { loops.count }

  /// Whether the pool has been closed.
  public var isClosed: Bool { members.isStopping }

  /// Cancels everything that runs on the loops, awaits it, and ends them.
  ///
  /// A second time does nothing but wait.
  ///
  /// **Cancellation.** A task that is cancelled does not wait.
  public func close() async {
    members.stop()
    await members.waitUntilEnded()
  }

  /// Runs `body` as a task on one of the loops, and returns its result.
  ///
  /// - Parameter index: The index of the loop to use; nil takes the next one in turn.
  ///
  /// **Cancellation.** Cancels the task on the loop, and waits for it.
  ///
  /// - Throws: What the body throws; ``EventLoopError`` when the pool has been closed.
  public func run<Success: Sendable>(
    on index: Int? = nil, name: String? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    if let index {
      require(
        loops.indices.contains(index), "LoopPool: there is no loop \(index), but \(count) of them")
    }
    try Task.checkCancellation()
    let loop = index.map { loops[$0] } ?? nextLoop()
    if isClosed { throw EventLoopError.ended(loop) }
    // To the caller's loop this is as a call on another thread.
    let hold = EventLoop.ambientIfAny?.hold()
    defer { hold?.release() }
    let task = TaskFactory.start(
      label: TaskLabel(name), site: SourceSite(file, line), on: loop, .isStructured
    ) {
      try await body()
    }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Runs `body` for each input, on all loops at once, and returns the results in the inputs' order.
  ///
  /// Each loop takes the next input as soon as it is done with `perLoop` others, so it does not matter
  /// whether some take longer.
  ///
  /// **Cancellation** and errors are those of ``gather(_:limit:file:line:_:)``: the first error cancels the
  /// rest, and is thrown once all have ended.
  ///
  /// - Throws: The first error of `body`; `CancellationError`; ``EventLoopError`` when the pool has been
  ///   closed.
  public func spread<Inputs: Collection & Sendable, Success: Sendable>(
    _ inputs: Inputs, perLoop: Int = 1, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping @Sendable (Inputs.Element) async throws -> Success
  ) async throws -> [Success] where Inputs.Element: Sendable {
    require(perLoop > 0, "LoopPool: perLoop must be positive, got \(perLoop)")
    let inputs = Array(inputs)
    let results = Guarded([Success?](repeating: nil, count: inputs.count))
    let next = SpreadCounter()
    let workers = min(inputs.count, count * perLoop)
    _ = try await gather(0..<workers, file: file, line: line) { worker in
      try await self.run(on: worker % self.count, file: file, line: line) {
        while let index = next.take(below: inputs.count) {
          try Task.checkCancellation()
          let result = try await body(inputs[index])
          results.withLock { $0[index] = result }
          // Others have their turn between two inputs.
          await Task.yield()
        }
      }
    }
    return results.withLock { $0 }.compactMap(\.self)
  }

  /// Throws once the pool is closed.
  package func failWhenClosed() async throws {
    try await members.waitUntilStopping()
    throw EventLoopError.ended(loops[0])
  }

  /// The loops in turn.
  package func nextLoop() -> EventLoop {
    let (turn, _) = turn.wrappingAdd(1, ordering: .relaxed)
    return loops[Int(UInt(bitPattern: turn) % UInt(count))]
  }
}

/// Which input is next.
private final class SpreadCounter: Sendable {
  private let taken = Atomic<Int>(0)

  func take(below count: Int) -> Int? {
    let (index, _) = taken.wrappingAdd(1, ordering: .relaxed)
    return index < count ? index : nil
  }
}
