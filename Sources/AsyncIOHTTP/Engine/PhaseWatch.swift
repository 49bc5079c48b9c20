// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Watches over how long the parts of a request take.
///
/// There is one timer, and it is not moved: when it comes and the time is not over, it is set anew. So a request costs a few stores, and
/// a timer every now and then.
final class PhaseWatch: Sendable {
  private struct State {
    /// When the part is over; nil while nothing is waited for.
    var due: LoopClock.Instant?
    var phase = HTTPClient.Phase.firstByte
    var limit = Duration.zero
    /// Whether the answer has begun: from then on it is what is waited for, and not the rest of the request.
    var hasAnswer = false
    /// What counts besides: the time for all parts together.
    var total: TotalLimit?
    var timer: TimerHandle?
    var fires: LoopClock.Instant?
    var expired: PhaseTimeout?
  }

  private let loop: EventLoop
  private let state = Guarded(State())
  private let onExpiry: @Sendable (PhaseTimeout) -> Void

  /// - Parameter onExpiry: Is called on the loop when a part takes too long: it has to end the wait.
  init(_ loop: EventLoop, onExpiry: @escaping @Sendable (PhaseTimeout) -> Void) {
    self.loop = loop
    self.onExpiry = onExpiry
  }

  deinit { state.withLock { $0.timer }?.cancel() }

  /// What was over in its time; nil if nothing was.
  var expired: PhaseTimeout? { state.withLock { $0.expired } }

  /// A request begins, which may take so long as a whole.
  func limit(_ total: TotalLimit?) {
    state.withLock { ($0.total, $0.hasAnswer) = (total, false) }
  }

  /// The answer has begun.
  func noteAnswer() { state.withLock { $0.hasAnswer = true } }

  /// A part begins, or makes progress.
  func begin(_ phase: HTTPClient.Phase, within limit: Duration?) {
    let now = LoopClock.Instant.now
    state.withLock { state in
      if state.hasAnswer, phase == .send || phase == .firstByte { return }
      state.phase = phase
      state.limit = limit ?? .zero
      state.due = limit.map { now.advanced(by: $0) }
      if let total = state.total,
        total.deadline < state.due ?? total.deadline.advanced(by: .seconds(1))
      {
        (state.due, state.phase, state.limit) = (total.deadline, .total, total.duration)
      }
      guard let due = state.due else { return }
      if let fires = state.fires, fires <= due { return }
      state.timer?.cancel()
      arm(&state, at: due)
    }
  }

  /// Nothing is waited for.
  func rest() { state.withLock { $0.due = nil } }

  /// Nothing is waited for any more.
  func stop() {
    state.withLock { state in
      state.timer?.cancel()
      (state.timer, state.fires, state.due) = (nil, nil, nil)
    }
  }

  private func arm(_ state: inout State, at instant: LoopClock.Instant) {
    state.fires = instant
    state.timer = loop.schedule(at: instant) { [weak self] in self?.fire() }
  }

  private func fire() {
    let now = LoopClock.Instant.now
    let expired = state.withLock { state -> PhaseTimeout? in
      (state.timer, state.fires) = (nil, nil)
      guard let due = state.due else { return nil }
      if due > now {
        arm(&state, at: due)
        return nil
      }
      state.due = nil
      state.expired = PhaseTimeout(phase: state.phase, limit: state.limit)
      return state.expired
    }
    if let expired { onExpiry(expired) }
  }
}
