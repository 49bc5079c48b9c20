// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A task that has suspended itself, to be resumed once, from any thread.
///
/// Two words, so that they fit into atomics.
struct SuspendedTask {
  let task: UInt
  /// Where it goes on: 0 for the loop that has taken over, 1 for wherever the runtime takes it, else
  /// the loop, which is retained.
  let home: UInt

  private static let takeover: UInt = 0
  private static let runtime: UInt = 1

  init(task: UInt, home: UInt) {
    self.task = task
    self.home = home
  }

  /// A task that was suspended at a loop's turnstile.
  init(_ entry: ReadyEntry, on loop: EventLoop) {
    task = entry.bits
    home =
      loop.isTakeover
      ? Self.takeover : UInt(bitPattern: Unmanaged.passRetained(loop).toOpaque())
  }

  init(_ continuation: UnsafeContinuation<Void, Never>) {
    task = unsafeBitCast(continuation, to: UInt.self)
    home = Self.runtime
  }

  func resume() {
    switch home {
    case Self.takeover: TakeoverExecutors.enqueue(ReadyEntry(bits: task))
    case Self.runtime: unsafeBitCast(task, to: UnsafeContinuation<Void, Never>.self).resume()
    default: resumeOnLoop()
    }
  }

  private func resumeOnLoop() {
    guard let pointer = UnsafeRawPointer(bitPattern: home) else { return }
    let loop = Unmanaged<EventLoop>.fromOpaque(pointer).takeRetainedValue()
    loop.enqueue(ReadyEntry(bits: task))
  }
}

extension OneShot {
  /// Suspends the running task until the wait is decided.
  ///
  /// `once` has to stay where it is until then.
  @inline(__always)
  static func suspend(until once: UnsafePointer<OneShot>) async {
    if let loop = EventLoop.current {
      loop.suspending = once
      await loop.turnstile.away()
    } else {
      await withUnsafeContinuation { once.pointee.park(SuspendedTask($0)) }
    }
    // Whatever the decider wrote before is seen from here on, however the task was resumed.
    _ = once.pointee.isDecided
  }
}

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
  func away() {}
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
