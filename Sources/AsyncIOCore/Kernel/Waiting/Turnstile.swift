// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How tasks on a loop suspend: by a switch to an executor that runs nothing.
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

  // Not inlined, and not without effect: or the compiler would leave the switch out.
  @usableFromInline @inline(never) @_optimize(none)
  func suspend() {}
}

/// Takes the job of a task that suspends itself.
private final class TurnstileExecutor: SerialExecutor {
  // Not retained: the loop owns the turnstile, and runs while tasks go through it.
  private let loop: Unmanaged<EventLoop>

  init(_ loop: EventLoop) { self.loop = .passUnretained(loop) }

  /// Called on the loop's thread: only tasks that run there come here.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop._withUnsafeGuaranteedRef { loop in
      let entry = ReadyEntry(job: job, kind: loop.runningKind)
      guard let once = loop.suspending else { return loop.enqueueOnLoop(entry) }
      loop.suspending = nil
      once.pointee.park(SuspendedTask(entry, on: loop))
    }
  }
}
