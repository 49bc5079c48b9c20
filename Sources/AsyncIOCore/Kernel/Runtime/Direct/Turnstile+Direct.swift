// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  /// How tasks on a loop suspend: by a switch to an executor that runs nothing.
  ///
  ///     task ── await turnstile.suspend() ──► TurnstileExecutor.enqueue(job)
  ///       ▲                                        │ for a wait: into the OneShot, until it is decided
  ///       │                                        │ for a yield: to the end of the ready queue
  ///       └──────── the loop runs the job ◄────────┘
  ///
  /// The runtime hands the task to that executor as a job, and the job waits where the task is to
  /// wait, or at the end of the ready queue. When it is run, by the loop, the task is where it came
  /// from: there is nothing to switch back to. To the runtime the task is one that waits for its turn,
  /// which takes less than half the instructions of a continuation.
  @usableFromInline
  package actor Turnstile {
    private nonisolated let executor: TurnstileExecutor
    @usableFromInline package nonisolated let unownedExecutor: UnownedSerialExecutor

    init(_ loop: EventLoop) {
      executor = TurnstileExecutor(loop)
      unownedExecutor = executor.asUnownedSerialExecutor()
    }

    /// Suspends the running task, which the loop runs, until `once` is decided.
    @inline(__always)
    nonisolated func suspend(until once: UnsafePointer<OneShot>) async {
      assert(executor.waiting == nil, "Turnstile: a task went on without a switch")
      executor.waiting = once
      await suspend()
    }

    // Not inlined, and not without effect: or the compiler would leave the switch out.
    @usableFromInline @inline(never) @_optimize(none)
    func suspend() {}
  }

  /// Takes the job of a task that suspends itself.
  ///
  /// Unchecked: belongs to the loop's thread.
  private final class TurnstileExecutor: SerialExecutor, @unchecked Sendable {
    // Not retained: the loop owns the turnstile, and runs while tasks go through it.
    private let loop: Unmanaged<EventLoop>
    /// Where the task that comes next will wait; nil for the ready queue.
    var waiting: UnsafePointer<OneShot>?

    init(_ loop: EventLoop) { self.loop = .passUnretained(loop) }

    /// Called on the loop's thread: only tasks that run there come here.
    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      loop._withUnsafeGuaranteedRef { loop in
        let entry = ReadyEntry(job: job, kind: loop.runningKind)
        guard let once = waiting else { return loop.enqueueOnLoop(entry) }
        waiting = nil
        once.pointee.park(SuspendedTask(entry, on: loop))
      }
    }
  }
#endif
