// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The loop for code that belongs to none: a `sleep` in a task on the runtime's own pool, say.
///
/// Runs on a thread of its own, started on first use. Tasks are not moved to it; it serves their
/// timers, descriptors and blocking calls.
package enum BackgroundLoop {
  package static let shared: EventLoop = {
    let configuration = EventLoop.Configuration(name: "asyncio-bg", slowStepThreshold: .zero)
    do {
      let loop = try EventLoop(configuration, role: .background)
      try Thread.start(name: "asyncio-bg") {
        // Work for the threads of others comes from them: this one never acts by itself, unless a
        // timer or a descriptor has it act, and then it is not asleep for good.
        loop.asCurrent { loop.runLoop(until: { false }, onStuck: {}) }
      }
      return loop
    } catch {
      failRequirement("AsyncIO: cannot start the background loop: \(error)")
    }
  }()

  /// Takes over what was sent to a loop that has ended, so that nothing waits for ever.
  static func adopt(_ item: InboxItem, from loop: EventLoop) {
    switch item {
    case .callback(let callback):
      callback.reportEnd(of: loop)
    case .entry(let entry) where entry.kind == .callback:
      // A step of the ended loop: its timers and descriptors are gone, and so is its purpose.
      entry.takeCallback().discard()
    case .entry(let entry) where loop.isTakeover:
      TakeoverExecutors.enqueue(entry)
    case .entry:
      shared.post(item)
    }
  }
}
