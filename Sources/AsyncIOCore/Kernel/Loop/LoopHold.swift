// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Holds a loop open until it is released, or forgotten.
public final class LoopHold: Sendable {
  private let loop: Guarded<EventLoop?>

  init(_ loop: EventLoop) {
    self.loop = Guarded(loop)
    loop.pending.begin(.hold)
  }

  deinit { release() }

  /// Ends the hold; a second time does nothing.
  public func release() {
    let held = loop.withLock { loop in
      defer { loop = nil }
      return loop
    }
    guard let held else { return }
    held.pending.end(.hold)
    held.wake()
  }
}
