// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Waits for tasks without touching them: none is cancelled, no result is taken.
///
/// Python's `asyncio.wait`.
///
/// **Cancellation.** Throws `CancellationError` as soon as the waiting task is cancelled; the tasks
/// go on.
///
/// - Parameters:
///   - tasks: The tasks. For none, the call returns at once. One that is given twice counts once.
///   - condition: When to return.
///   - timeout: Return after this time, whatever has ended by then; nil for no limit. Not an error.
///
/// Returns: The tasks that have ended and those that have not, each in the order given.
///
/// - Throws: `CancellationError`.
public func wait<Success: Sendable, Failure: Error>(
  for tasks: some Sequence<Task<Success, Failure>>, until condition: WaitCondition = .allCompleted,
  timeout: Duration? = nil
) async throws -> (done: [Task<Success, Failure>], pending: [Task<Success, Failure>]) {
  if RunningTask.mustPause { try await RunningTask.pause() }
  var seen: Set<UInt> = []
  let tasks = tasks.filter { seen.insert(ErasedTask($0).identity).inserted }
  let watch = TaskWatch(count: tasks.count, condition)
  let tokens = tasks.enumerated().map { index, task in
    TaskObservers.observe(task) { watch.note(index, $0) }
  }
  defer { for token in tokens { TaskObservers.forget(token) } }
  let waiting: () async throws -> Void = { try await watch.wait() }
  if let timeout {
    _ = try await moveOn(after: timeout) { try await waiting() }
  } else {
    try await waiting()
  }
  let ended = watch.endedIndices
  return (
    tasks.indices.filter(ended.contains).map { tasks[$0] },
    tasks.indices.filter { !ended.contains($0) }.map { tasks[$0] }
  )
}

/// How a task ended.
private enum Ending: Sendable {
  case success
  case failure
  case cancellation
}

/// One call of `wait`: collects endings until its condition holds.
private final class TaskWatch: Sendable {
  private struct State {
    var ended: Set<Int> = []
    var isSatisfied = false
    var line = WaitQueue<Void, Void, Parked<Void>>()
  }

  private let count: Int
  private let condition: WaitCondition
  private let state = Guarded(State())

  init(count: Int, _ condition: WaitCondition) {
    self.count = count
    self.condition = condition
  }

  var endedIndices: Set<Int> { state.withLock { $0.ended } }

  func note(_ index: Int, _ ending: Ending) {
    let wakeups = state.withLock { state in
      state.ended.insert(index)
      let isFirst = condition == .firstCompleted || condition == .firstFailure && ending == .failure
      if isFirst || state.ended.count == count { state.isSatisfied = true }
      return state.isSatisfied ? state.line.grantAll(()) : WakeupList()
    }
    wakeups.deliver()
  }

  func wait() async throws {
    let outcome = await park(.tasks) { waiter in
      state.withLock { state in
        state.isSatisfied || count == 0 ? nil : state.line.enter((), waiter)
      }
    } cancel: { ticket in
      state.withLock { $0.line.cancel(ticket) }
    }
    if case .cancelled = outcome { throw CancellationError() }
  }
}

/// One observer per task that is waited for, however often and from wherever.
///
/// A wait on a task cannot be taken back, so a new observer for each call would pile up on a task
/// that never ends.
private enum TaskObservers {
  struct Token {
    let task: UInt
    let number: UInt64
  }

  private struct Entry {
    let task: ErasedTask
    var listeners: [UInt64: @Sendable (Ending) -> Void] = [:]
  }

  private struct State {
    var entries: [UInt: Entry] = [:]
    var lastNumber: UInt64 = 0
  }

  private static let state = Guarded(State())

  static func observe<Success, Failure: Error>(
    _ task: Task<Success, Failure>, _ listener: @escaping @Sendable (Ending) -> Void
  ) -> Token {
    let erased = ErasedTask(task)
    let key = erased.identity
    let (token, isNew) = state.withLock { state in
      state.lastNumber += 1
      let isNew = state.entries[key] == nil
      state.entries[key, default: Entry(task: erased)].listeners[state.lastNumber] = listener
      return (Token(task: key, number: state.lastNumber), isNew)
    }
    if isNew { startObserver(of: task, key) }
    return token
  }

  static func forget(_ token: Token) {
    state.withLock { _ = $0.entries[token.task]?.listeners.removeValue(forKey: token.number) }
  }

  /// Runs at once, so that a task that has ended already is known to before `observe` returns.
  private static func startObserver<Success, Failure: Error>(
    of task: Task<Success, Failure>, _ key: UInt
  ) {
    Task.immediate(executorPreference: EventLoop.ambient.preferredExecutor) {
      let ending: Ending =
        switch await task.result {
        case .success: .success
        case .failure(let error): error is CancellationError ? .cancellation : .failure
        }
      let entry = state.withLock { $0.entries.removeValue(forKey: key) }
      for (_, listener) in (entry?.listeners ?? [:]).sorted(by: { $0.key < $1.key }) {
        listener(ending)
      }
    }
  }
}
