// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs `body` with a scope in which it can start children, and returns its value once all of them
/// have ended.
///
/// Python's `TaskGroup`, Trio's nursery.
///
/// With `onFailure: .cancelAll`, the first failure of a child or of the body cancels the rest, the
/// body included. All errors that are not cancellations are thrown together as an ``ErrorGroup``,
/// each once, also when there is one only. `body` runs in the caller's isolation.
///
/// **Cancellation.** Cancelling the caller cancels the body and all children and awaits them.
/// Without another error the call then throws `CancellationError`; the value of a body that has returned is kept.
///
/// ```swift
/// let sum = try await withTaskScope { scope in
///   let a = scope.spawn(name: "a") { try await fetch("/a") }
///   let b = scope.spawn(name: "b") { try await fetch("/b") }
///   return try await a.value.count + b.value.count
/// }
/// ```
///
/// - Parameters:
///   - onFailure: What a failure does to the others.
///   - limit: How many children run at once; further ones wait in line.
/// - Throws: ``ErrorGroup`` with the errors of the children and of `body`; `CancellationError`.
@discardableResult
public func withTaskScope<Value>(
  onFailure: TaskScope.FailurePolicy = .cancelAll, limit: Int? = nil,
  isolation: isolated (any Actor)? = #isolation,
  _ body: (TaskScope) async throws -> Value
) async throws -> Value {
  try RunningTask.checkCancellation()
  let scope = TaskScope(onFailure: onFailure, limit: limit)
  let result = await withTaskCancellationHandler {
    let result = await scope.runBody(isolation: isolation, body)
    await scope.children.drain { deadlock in
      // The children cannot end as long as this task holds what they wait for.
      scope.record(deadlock, nil)
      scope.children.cancel()
    }
    return UncheckedSendable(result)
  } onCancel: {
    scope.children.cancel()
  }
  try scope.throwErrors()
  return try result.value.get()
}

/// The place where children of one `withTaskScope` are started.
///
/// May be handed to the children, which may start more. From any task and thread.
public final class TaskScope: Sendable {
  /// What the failure of a child, or of the body, does to the others.
  public enum FailurePolicy: Sendable {
    /// All others are cancelled.
    case cancelAll
    /// The others go on to their end; all errors are thrown then.
    case keepGoing
  }

  private struct Failure {
    let error: any Error
    let title: String?
  }

  private struct Failures {
    var noted: [Failure] = []
    /// Errors of children that a task has seen, and the number of that task.
    var read: [(error: any Error, reader: UInt64)] = []
  }

  @usableFromInline let children = ChildTable()
  private let policy: FailurePolicy
  @usableFromInline let limiter: AsyncSemaphore?
  private let bodyScope = CancelScope()
  private let failures = Guarded(Failures())
  @usableFromInline let loop = EventLoop.ambient

  init(onFailure policy: FailurePolicy, limit: Int?) {
    require((limit ?? 1) > 0, "withTaskScope: limit must be positive, got \(limit ?? 0)")
    self.policy = policy
    limiter = limit.map { AsyncSemaphore(permits: $0) }
  }

  /// Starts a child.
  ///
  /// The closure has the caller's actor isolation. In a scope that is finished or was cancelled it
  /// never runs: the child's `value` throws ``TaskScopeClosedError``.
  ///
  /// - Parameter name: Shown in errors and by `EventLoop.tasks`.
  @inlinable @discardableResult
  public func spawn<Success: Sendable>(
    name: String? = nil, file: StaticString = #fileID, line: UInt = #line,
    @_inheritActorContext _ operation: sending @escaping @isolated(any) () async throws -> Success
  ) -> ChildTask<Success> {
    let operation = UncheckedOperation(operation)
    return startChild(
      name: name, SourceSite(file, line), limiter.map { operation.limited(by: $0) } ?? operation)
  }

  /// Starts a child and waits until it says that it is ready, by calling what it is given with a
  /// value.
  ///
  /// Trio's `nursery.start`.
  ///
  /// An error of the child before that is thrown here, and does not fail the scope.
  ///
  /// **Cancellation.** Cancelling the caller while it waits cancels this child only, awaits it, and
  /// throws `CancellationError`.
  ///
  /// ```swift
  /// let port = try await scope.start { ready in
  ///   let listener = try await listen()
  ///   ready(listener.port)
  ///   try await listener.serve()
  /// }
  /// ```
  ///
  /// - Throws: What the child throws before it is ready; ``NeverReadyError`` when it ends without;
  ///   ``TaskScopeClosedError``; `CancellationError`.
  public func start<Value: Sendable>(
    name: String? = nil, file: StaticString = #fileID, line: UInt = #line,
    @_inheritActorContext _ operation:
      sending @escaping @isolated(any) (ReadySignal<Value>) async throws -> Void
  ) async throws -> Value {
    try RunningTask.checkCancellation()
    let ready = ReadySignal<Value>()
    let operation = UncheckedSendable(operation)
    let child = startChild(
      name: name, SourceSite(file, line),
      UncheckedOperation {
        do {
          try await operation.value(ready)
          ready.end(.failure(NeverReadyError()))
        } catch {
          // Thrown by `start`, it is no failure of the scope.
          if !ready.end(.failure(error)) { throw error }
        }
      })
    guard child.task != nil else { throw TaskScopeClosedError(childName: name) }
    do {
      return try await ready.completion.value(.completion)
    } catch let error as CancellationError where RunningTask.isCancelled {
      // No caller is left to be told: an error from here on is the scope's.
      ready.end(.failure(error))
      child.cancel()
      _ = await child.endUncancellably()
      throw error
    }
  }

  /// Cancels the body and all children; the call of `withTaskScope` ends with the body's value if
  /// it still returns one.
  public func cancel() {
    children.cancel()
    bodyScope.cancel()
  }

  /// The number of children that have not ended.
  public var runningChildren: Int { children.runningCount }

  // MARK: The run of the scope

  func runBody<Value>(
    isolation: isolated (any Actor)?, _ body: (TaskScope) async throws -> Value
  ) async -> Result<Value, any Error> {
    let result = await bodyScope.run(isolation: isolation) { try await body(self) }
    if case .failure(let error) = result {
      record(error, nil)
      // Whatever made the body give up, no code is left that wants the children's results.
      if policy == .cancelAll { cancel() }
    }
    return result
  }

  /// Notes an error, once however many tasks passed it on, and has it cancel the others.
  @usableFromInline
  func record(_ error: any Error, _ title: String?) {
    guard !(error is CancellationError) else { return }
    let isPassedOn = readErrors.contains { $0.isSame(as: error) }
    failures.withLock { failures in
      let identity = ErrorIdentity(error)
      let isKnown = failures.noted.contains { ErrorIdentity($0.error) == identity }
      if !isKnown, !isPassedOn { failures.noted.append(Failure(error: error, title: title)) }
    }
    if policy == .cancelAll { cancel() }
  }

  /// The running task has seen the error of a child.
  ///
  /// Should it throw one like it, that is the same, passed on: caught by
  /// its type, it comes in a new box.
  @usableFromInline
  func noteRead(_ error: any Error) {
    guard let reader = TaskRecord.current?.id else { return }
    let identity = ErrorIdentity(error)
    failures.withLock { failures in
      let isNoted = failures.read.contains {
        $0.reader == reader && ErrorIdentity($0.error) == identity
      }
      if !isNoted { failures.read.append((error, reader)) }
    }
  }

  /// What the running task has seen; compared outside the lock, by code of the errors.
  private var readErrors: [any Error] {
    guard let reader = TaskRecord.current?.id else { return [] }
    return failures.withLock { failures in
      failures.read.filter { $0.reader == reader }.map(\.error)
    }
  }

  func throwErrors() throws {
    let failures = failures.withLock { $0.noted }
    guard !failures.isEmpty else { return }
    throw ErrorGroup(failures.map(\.error), titles: failures.map(\.title))
  }

  /// Starts a child on a loop that may be another than the scope's.
  package func spawn(
    on loop: EventLoop, _ site: SourceSite, _ operation: @escaping @Sendable () async -> Void
  ) {
    _ = startChild(name: nil, site, on: loop, UncheckedOperation { await operation() })
  }

  @inlinable
  func startChild<Success: Sendable>(
    name: String?, _ site: SourceSite, on loop: EventLoop? = nil,
    _ operation: UncheckedOperation<Success>
  ) -> ChildTask<Success> {
    let completion = Completion<Success>()
    guard let key = children.register() else {
      completion.complete(.failure(TaskScopeClosedError(childName: name)))
      return ChildTask(completion: completion, task: nil, scope: nil)
    }
    let task = TaskFactory.start(
      label: TaskLabel(name), site: site, on: loop ?? self.loop, .isStructured
    ) { [self] in
      defer { children.end(key) }
      do {
        completion.complete(.success(try await operation.run()))
      } catch {
        completion.complete(.failure(error))
        record(error, TaskRecord.titleOfRunning(number: key.ordinal))
      }
    }
    children.adopt(key, ErasedTask(task))
    return ChildTask(completion: completion, task: ErasedTask(task), scope: self)
  }
}

extension UncheckedOperation {
  /// The same, once the semaphore has a permit.
  @inlinable
  func limited(by limiter: AsyncSemaphore) -> UncheckedOperation
  where Success: Sendable {
    UncheckedOperation {
      try await limiter.acquire()
      defer { limiter.release() }
      return try await run()
    }
  }
}
