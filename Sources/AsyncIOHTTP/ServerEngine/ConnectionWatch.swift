// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Ends the wait for a client that takes too long.
///
/// There is one timer, and it is not moved: when it comes and the time is not over, it is set anew. So a request costs a few stores, and
/// a timer every now and then.
final class ConnectionWatch: Sendable {
  /// What is waited for.
  enum Wait: Sendable {
    /// The first byte of a connection.
    case firstByte
    /// The rest of a head.
    case head
    /// The next piece of a body.
    case body
    /// The next request.
    case idle
    /// Room for what is to be sent.
    case write
  }

  /// A client may be waited for in two ways at once: for what it sends, and for room for what it gets.
  enum Side: Sendable { case input, output }

  private struct State {
    /// When the wait for the client's bytes is over; nil while they are not waited for.
    var input: (wait: Wait, due: LoopClock.Instant)?
    /// The same for room for what is to be sent.
    var output: LoopClock.Instant?
    var timer: TimerHandle?
    var fires: LoopClock.Instant?
    var expired: Wait?

    /// What is over first.
    var next: (wait: Wait, due: LoopClock.Instant)? {
      guard let output else { return input }
      if let input, input.due < output { return input }
      return (.write, output)
    }
  }

  private let loop: EventLoop
  private let state = Guarded(State())
  private let onExpiry: @Sendable (Wait) -> Void

  /// - Parameter onExpiry: Is called on the loop when something takes too long: it has to end the wait.
  init(_ loop: EventLoop, onExpiry: @escaping @Sendable (Wait) -> Void) {
    self.loop = loop
    self.onExpiry = onExpiry
  }

  deinit { state.withLock { $0.timer }?.cancel() }

  /// What was over in its time; nil if nothing was.
  var expired: Wait? { state.withLock { $0.expired } }

  /// Something is waited for, or makes progress; returns the time at which it begins.
  @discardableResult
  func begin(_ wait: Wait, within limit: Duration?) -> LoopClock.Instant {
    let now = LoopClock.Instant.now
    if let limit {
      begin(wait, until: now.advanced(by: limit))
    } else {
      rest(wait == .write ? .output : .input)
    }
    return now
  }

  func begin(_ wait: Wait, until due: LoopClock.Instant) {
    state.withLock { state in
      if wait == .write { state.output = due } else { state.input = (wait, due) }
      if let fires = state.fires, fires <= due { return }
      state.timer?.cancel()
      arm(&state, at: due)
    }
  }

  /// This is not waited for.
  func rest(_ side: Side) {
    state.withLock { state in
      switch side {
      case .input: state.input = nil
      case .output: state.output = nil
      }
    }
  }

  /// Nothing is waited for any more.
  func stop() {
    state.withLock { state in
      state.timer?.cancel()
      (state.timer, state.fires) = (nil, nil)
      (state.input, state.output) = (nil, nil)
    }
  }

  private func arm(_ state: inout State, at instant: LoopClock.Instant) {
    state.fires = instant
    state.timer = loop.schedule(at: instant) { [weak self] in self?.fire() }
  }

  private func fire() {
    let now = LoopClock.Instant.now
    let expired = state.withLock { state -> Wait? in
      (state.timer, state.fires) = (nil, nil)
      guard let next = state.next else { return nil }
      if next.due > now {
        arm(&state, at: next.due)
        return nil
      }
      (state.input, state.output) = (nil, nil)
      state.expired = next.wait
      return next.wait
    }
    if let expired { onExpiry(expired) }
  }
}
