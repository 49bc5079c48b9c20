// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Processes for work that computes for long: each runs one call at a time, on a processor of its own.
///
/// Python's `ProcessPoolExecutor`.
///
/// ```swift
/// let pool = ProcessPool(workers: 4)
/// let numbers = try await gather(20..<40) { n in try await pool.run(Fibonacci.self, n) }
/// await pool.shutdown()
/// ```
///
/// The workers are this same program, started again: a ``LoopProgram`` and ``EventLoop/run(_:file:line:_:)`` see
/// that they are in a worker, and serve calls instead of running their body. A program that does other
/// things before says ``ProcessPool/serveIfWorker()`` first. What workers print goes where the program's own
/// output goes.
///
/// Input and output go by way of `Codable`, bytes and texts as they are; a gibibyte is the limit.
///
/// **Fairness.** Calls get a worker in the order in which they came.
///
/// Workers are started when they are needed, and end with the pool, with `shutdown`, and when this
/// process ends in whatever way.
///
/// From any task and thread.
public final class ProcessPool: Sendable {
  private struct State {
    var idle: [Worker] = []
    var isShutDown = false
  }

  private let turns: AsyncSemaphore
  private let workers: Int
  private let state = Guarded(State())

  /// A pool of at most `workers` processes; none is started yet.
  public init(workers: Int) {
    require(workers > 0, "ProcessPool: workers must be positive, got \(workers)")
    self.workers = workers
    turns = AsyncSemaphore(permits: workers)
  }

  deinit {
    for worker in state.withLock({ $0.idle }) { worker.retire() }
  }

  /// Has a worker call a function, and returns what it gives.
  ///
  /// **Cancellation.** While it waits for a worker, the call throws `CancellationError` at once. Once it runs,
  /// nothing but the worker's end can stop it: the worker is killed, another takes its place when one is
  /// needed, and the call throws `CancellationError`.
  ///
  /// - Throws: ``RemoteCallError`` for what the function throws; ``WorkerDiedError`` when its process ends
  ///   (a trap, a signal, want of memory); ``PoolShutDownError``; ``IOError`` when no worker can be started.
  public func run<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input
  ) async throws -> Function.Output {
    guard let name = _mangledTypeName(function) else {
      failRequirement("ProcessPool: \(function) has no name that another process could find")
    }
    let request = RemoteFrame.named(name, try RemoteCoding.encode(input))
    try await turns.acquire()
    defer { turns.release() }
    let worker = try await takeWorker()
    let reply: Worker.Reply
    do {
      reply = try await worker.call(request, title: "\(function)")
    } catch {
      await worker.end()
      throw error
    }
    giveBack(worker)
    switch reply {
    case .value(let bytes): return try RemoteCoding.decode(Function.Output.self, bytes[...])
    case .failure(let type, let message):
      throw RemoteCallError(function: "\(function)", errorType: type, message: message)
    }
  }

  private func takeWorker() async throws -> Worker {
    let (idle, isShutDown) = state.withLock { ($0.idle.popLast(), $0.isShutDown) }
    if isShutDown {
      idle?.retire()
      throw PoolShutDownError()
    }
    if let idle {
      if idle.isUsable { return idle }
      idle.retire()
    }
    return try await Worker.start()
  }

  private func giveBack(_ worker: Worker) {
    let isKept = state.withLock { state in
      if !state.isShutDown { state.idle.append(worker) }
      return !state.isShutDown
    }
    if !isKept { worker.retire() }
  }

  /// Takes no more calls, waits for those that run or wait in line, and ends the workers.
  ///
  /// A second time waits likewise.
  ///
  /// **Cancellation.** A task that is cancelled does not wait; the workers end with their calls.
  public func shutdown() async {
    let idle = state.withLock { state in
      state.isShutDown = true
      defer { state.idle = [] }
      return state.idle
    }
    for worker in idle { worker.retire() }
    // All turns at once: no worker is at work any more.
    guard (try? await turns.acquire(count: workers)) != nil else { return }
    turns.release(count: workers)
    for worker in idle { try? await worker.waitForEnd() }
  }

  /// Serves calls and ends the process, if it is a worker; else does nothing.
  ///
  /// For programs that do something before they run a loop that a worker should not.
  public static func serveIfWorker() { WorkerProcess.serveIfWorker() }
}
