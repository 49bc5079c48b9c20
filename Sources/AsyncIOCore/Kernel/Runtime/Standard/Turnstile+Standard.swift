// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// How tasks on a loop let others run.
  @usableFromInline
  package struct Turnstile: Sendable {
    // Not retained: the loop owns the turnstile, and runs while tasks go through it.
    private let loop: Unmanaged<EventLoop>

    init(_ loop: EventLoop) { self.loop = .passUnretained(loop) }

    /// Has the running task go on at the end of the ready queue.
    @usableFromInline
    func suspend() async {
      await withUnsafeContinuation { continuation in
        loop._withUnsafeGuaranteedRef {
          $0.enqueueOnLoop(ReadyEntry(callback: YieldStep(continuation)))
        }
      }
    }
  }

  /// Resumes a task whose turn it is.
  ///
  /// Unchecked: belongs to the loop's thread.
  private final class YieldStep: LoopStep, @unchecked Sendable {
    private let continuation: UnsafeContinuation<Void, Never>

    init(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }

    override func run(on loop: EventLoop) {
      let count = loop.ready.count
      continuation.resume()
      // The task is at the end of the ready queue now, but has waited for its turn already.
      if loop.ready.count == count + 1, let entry = loop.ready.popLast() { loop.run(entry) }
    }

    override func discard() { continuation.resume() }
  }
#endif
