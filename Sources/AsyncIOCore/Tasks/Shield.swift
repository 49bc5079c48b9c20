// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Runs `body` to its end even when the caller is cancelled; the caller then gets
/// `CancellationError` at once.
///
/// Python's `shield`.
///
/// This leaves work behind, by design: the loop keeps it, cancels and awaits it when `run` ends,
/// and logs an error that no task was left to see. For clean-up that the caller waits for, use
/// ``withCancellationShield(grace:isolation:file:line:_:)``.
///
/// **Cancellation.** A task that is cancelled already throws `CancellationError` and starts
/// nothing.
///
/// - Throws: What `body` throws; `CancellationError`.
@discardableResult
public func shield<Value: Sendable>(
  name: String? = nil, file: StaticString = #fileID, line: UInt = #line,
  @_inheritActorContext _ body: sending @escaping @isolated(any) () async throws -> Value
) async throws -> Value {
  try Task.checkCancellation()
  let completion = Completion<Value>()
  let site = SourceSite(file, line)
  let body = UncheckedSendable(body)
  _ = TaskFactory.start(
    label: .given(name ?? "shield"), site: site, on: .ambient, []
  ) {
    await completion.complete(elseLog: "the shielded work started at \(site)") {
      try await body.value()
    }
  }
  return try await completion.value(.completion)
}

/// Runs `body` out of reach of the caller's cancellation for up to `grace`, and waits for it: for
/// clean-up that has to await something.
///
/// Once the caller has been cancelled for that long, or has been running for that long after it
/// came here cancelled, `body` is cancelled too. The call always waits for its end, and returns or
/// throws what it does. `body` runs in the caller's isolation.
///
/// ```swift
/// do { try await work() } catch {
///   try await withCancellationShield(grace: .seconds(5)) { try await connection.sayGoodbye() }
///   throw error
/// }
/// ```
///
/// - Throws: What `body` throws.
@discardableResult
public func withCancellationShield<Value>(
  grace: Duration, isolation: isolated (any Actor)? = #isolation,
  file: StaticString = #fileID, line: UInt = #line,
  _ body: () async throws -> Value
) async throws -> Value {
  let completion = Completion<UncheckedSendable<Value>>()
  let loop = EventLoop.ambient
  return try await withoutActuallyEscaping(body) { body in
    let body = UncheckedSendable(body)
    let task = TaskFactory.start(
      label: TaskLabel("withCancellationShield"), site: SourceSite(file, line), on: loop,
      .survivesShutdown
    ) {
      await completion.run(isolation: isolation, body)
    }
    let timer = GraceTimer(ErasedTask(task))
    let result = await withTaskCancellationHandler {
      await completion.resultUncancellably(.completion)
    } onCancel: {
      loop.arm(timer, deadline: loop.currentTime().addingSaturating(grace.nanoseconds))
    }
    loop.disarm(timer)
    // On another thread the task may still be on its way out, with the body in its hands.
    _ = await task.result
    return try result.get().value
  }
}

extension Completion {
  /// Completes with what `body` gives, run in `isolation`.
  fileprivate func run<Value>(
    isolation: isolated (any Actor)?, _ body: UncheckedSendable<() async throws -> Value>
  ) async where Success == UncheckedSendable<Value> {
    do {
      complete(.success(UncheckedSendable(try await body.value())))
    } catch {
      complete(.failure(error))
    }
  }
}

/// Ends a shield whose time is up.
private final class GraceTimer: TimerNode, @unchecked Sendable {
  private let task: ErasedTask
  init(_ task: ErasedTask) { self.task = task }
  override func run(on loop: EventLoop) { task.cancel() }
}
