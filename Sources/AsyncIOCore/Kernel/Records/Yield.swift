// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import StandardTask

extension Task where Success == Never, Failure == Never {
  /// Lets every other task that is ready run once before this one goes on.
  ///
  /// Python's `sleep(0)`.
  ///
  /// Stands in front of the standard library's `yield()`, and does the same; on a loop it takes a
  /// third of the time. Off loops it is the standard library's.
  ///
  /// **Cancellation.** Makes no difference: the call returns in its turn, and does not throw.
  @inlinable
  public static func yield() async {
    guard let turnstile = Turnstile.current else { return await yieldOffLoop() }
    await turnstile.suspend()
  }
}

extension Turnstile {
  /// That of the loop on this thread.
  @usableFromInline static var current: Turnstile? { EventLoop.current?.turnstile }
}

@usableFromInline
func yieldOffLoop() async { await standardYield() }
