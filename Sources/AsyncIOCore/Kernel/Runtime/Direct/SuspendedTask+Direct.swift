// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
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
#endif
