// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// Runs a callback, once, when a descriptor is ready or cannot be waited for: for C libraries that
/// bring their own state machines.
///
/// Unchecked: made and used on the loop's thread only.
package final class DescriptorWatch: @unchecked Sendable {
  private final class Wait: DescriptorWait, @unchecked Sendable {
    let callback: @Sendable (OneShot.Signal) -> Void

    init(
      _ descriptor: Int32, _ direction: Interest,
      _ callback: @escaping @Sendable (OneShot.Signal) -> Void
    ) {
      self.callback = callback
      super.init(descriptor, direction)
    }

    override func end(_ signal: OneShot.Signal, on loop: EventLoop) -> Bool {
      guard once.decide(signal) else { return false }
      let callback = callback
      // Not from here: the callback may change what is watched.
      if signal != .cancelled { loop.runSoon { callback(signal) } }
      return true
    }
  }

  private let loop: EventLoop
  private let wait: Wait

  package init(
    _ loop: EventLoop, _ descriptor: Int32, forWriting: Bool,
    _ callback: @escaping @Sendable () -> Void
  ) {
    self.loop = loop
    wait = Wait(descriptor, forWriting ? .write : .read) { _ in callback() }
    loop.descriptors.add(wait, on: loop)
  }

  /// Calls back when a descriptor can be read; the callback is told whether the descriptor is ready, or the loop ends.
  package init(
    _ loop: EventLoop, _ descriptor: Int32,
    whenDecided callback: @escaping @Sendable (OneShot.Signal) -> Void
  ) {
    self.loop = loop
    wait = Wait(descriptor, .read, callback)
    loop.descriptors.add(wait, on: loop)
  }

  /// The callback will not run any more, unless it is on its way already.
  package func cancel() {
    if wait.end(.cancelled, on: loop) { loop.descriptors.drop(wait, on: loop) }
  }
}
