// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A callback that was scheduled, and can still be cancelled.
public struct TimerHandle: Sendable, CustomStringConvertible {
  let timer: CallbackTimer
  let loop: EventLoop
  let deadline: Int64
  let site: SourceSite

  /// Takes the callback back.
  ///
  /// Nothing happens when it has run already. From any thread; from the loop's own thread the
  /// callback certainly does not run afterwards.
  public func cancel() {
    timer.cancel()
    loop.disarm(timer)
  }

  /// For example `TimerHandle(Server/Server.swift:12, 5.0 seconds left)`, or `… over)` once the callback has run or was taken
  /// back.
  public var description: String {
    let left = Duration.nanoseconds(deadline.subtractingSaturating(loop.currentTime()))
    let standing = timer.isOver ? "over" : left > .zero ? "\(left) left" : "due"
    return "TimerHandle(\(site), \(standing))"
  }
}
