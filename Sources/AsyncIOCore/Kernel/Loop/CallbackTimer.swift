// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// User code to run at its time.
///
/// Unchecked: the thread that has set `isTaken`, once, takes the callback out.
final class CallbackTimer: TimerNode, @unchecked Sendable {
  private var callback: ScheduledCallback?
  private let isTaken = Atomic<Bool>(false)

  init(_ callback: ScheduledCallback) { self.callback = callback }

  func cancel() { _ = take() }

  var isOver: Bool { isTaken.load(ordering: .acquiring) }

  override func run(on loop: EventLoop) { take()?.run() }

  override func abandon(on loop: EventLoop, deadline: Int64) { cancel() }

  override func refuse(by loop: EventLoop, deadline: Int64) { take()?.reportEnd(of: loop) }

  private func take() -> ScheduledCallback? {
    if isTaken.exchange(true, ordering: .acquiringAndReleasing) { return nil }
    return callback.take()
  }
}
