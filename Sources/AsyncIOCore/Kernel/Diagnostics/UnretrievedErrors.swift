// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The errors of tasks that failed and were not awaited.
///
/// Each is logged once it is certain that no task will look: when the last reference to its task is gone,
/// or its loop ends.
///
/// As asyncio's "Task exception was never retrieved", but not left to a garbage collector.
@usableFromInline
enum UnretrievedErrors {
  private struct Failure {
    var task: ErasedTask
    let record: TaskRecord
    let error: any Error
  }

  private static let failures = Guarded<[UInt: Failure]>([:])

  /// A tracked task has failed.
  ///
  /// Called by the task itself, as the last thing it does.
  static func add(_ task: ErasedTask, record: TaskRecord, error: any Error) {
    let oldest: Failure? = failures.withLock { failures in
      failures[task.identity] = Failure(task: task, record: record, error: error)
      return ErasedTask.countsReferences || failures.count <= maxKept
        ? nil : removeOldest(&failures)
    }
    if let oldest { log(oldest.error, of: oldest.record) }
    // A program without a loop ends without a word to anybody.
    if record.loop.role == .background { _ = reportsAtExit }
  }

  private static let reportsAtExit: Void = Syscalls.atExit {
    UnretrievedErrors.report(of: BackgroundLoop.shared, all: true)
  }

  /// Where nothing tells that an error is lost, so many are kept.
  private static let maxKept = 1_000

  private static func removeOldest(_ failures: inout [UInt: Failure]) -> Failure? {
    let oldest = failures.min { $0.value.record.id < $1.value.record.id }
    return oldest.flatMap { failures.removeValue(forKey: $0.key) }
  }

  /// Whether there are errors of a loop's tasks that may still be retrieved.
  static func exist(of loop: EventLoop) -> Bool {
    failures.withLock { $0.values.contains { $0.record.loop === loop } }
  }

  /// The error of this task was retrieved.
  @usableFromInline
  static func noteRetrieved(_ task: ErasedTask) {
    _ = failures.withLock { $0.removeValue(forKey: task.identity) }
  }

  /// Logs the errors of a loop's tasks that can no longer be retrieved; with `all`, those too
  /// that still can.
  static func report(of loop: EventLoop, all: Bool) {
    guard all || ErasedTask.countsReferences else { return }
    let lost: [Failure] = failures.withLock { failures in
      if failures.isEmpty { return [] }
      var lost: [Failure] = []
      // A copy of the keys: the dictionary itself must be the only one, or nothing in it is unique.
      for key in Array(failures.keys) where failures[key]?.record.loop === loop {
        if all || isLost(&failures[key]), let failure = failures.removeValue(forKey: key) {
          lost.append(failure)
        }
      }
      return lost.sorted { $0.record.id < $1.record.id }
    }
    for failure in lost { log(failure.error, of: failure.record) }
  }

  private static func isLost(_ failure: inout Failure?) -> Bool {
    failure?.task.isLastReference() ?? false
  }

  private static func log(_ error: any Error, of record: TaskRecord) {
    Log.error(
      "\(record.title), created at \(record.site), failed and nobody awaited it: \(error)")
  }
}

extension Task where Failure == any Error {
  /// The result of the task, once it has ended.
  ///
  /// As the standard library's property, which this one shadows; it also notes that the
  /// task's error was seen, so that it is not logged as unretrieved. Throws the task's error.
  /// Cancelling the waiting task does not end the wait, and does not cancel this task.
  @inlinable
  public var value: Success {
    get async throws { try await result.get() }
  }

  /// The result of the task or its error, once it has ended.
  ///
  /// Stands in front of the standard library's property, as ``value`` does. Cancelling the waiting
  /// task does not end the wait, and does not cancel this task.
  @inlinable
  public var result: Result<Success, any Error> {
    get async {
      let result = await standardResult
      if case .failure = result { UnretrievedErrors.noteRetrieved(ErasedTask(self)) }
      return result
    }
  }
}

extension Task {
  /// The standard library's `result`: with any type of failure nothing shadows it.
  @inlinable
  var standardResult: Result<Success, Failure> {
    get async { await result }
  }
}
