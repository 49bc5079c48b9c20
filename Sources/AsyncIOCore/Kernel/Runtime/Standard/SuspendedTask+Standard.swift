// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// A task that has suspended itself, to be resumed once, from any thread.
  ///
  /// Two words, so that they fit into atomics.
  struct SuspendedTask {
    /// The continuation, in an object that is retained.
    let task: UInt
    /// Of no use here: the runtime knows where the task goes on.
    let home: UInt

    init(task: UInt, home: UInt) {
      self.task = task
      self.home = home
    }

    init(_ continuation: UnsafeContinuation<Void, Never>) {
      task = UInt(bitPattern: Unmanaged.passRetained(Box(continuation)).toOpaque())
      home = 0
    }

    func resume() {
      guard let box = UnsafeRawPointer(bitPattern: task) else { return }
      Unmanaged<Box>.fromOpaque(box).takeRetainedValue().continuation.resume()
    }

    private final class Box {
      let continuation: UnsafeContinuation<Void, Never>
      init(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }
    }
  }
#endif
