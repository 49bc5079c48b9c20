// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A point where a number of tasks wait for one another.
///
/// Python's `Barrier`.
///
/// The party that completes the number releases all of them in one step; the barrier can be used
/// again at once, by the next generation. A party that is cancelled leaves, and the others go on
/// waiting for a replacement.
///
/// May be used from any task and thread.
public final class AsyncBarrier: Sendable {
  /// How many parties wait for one another.
  public let parties: Int
  private let state: Guarded<State<Parked<Arrival>>>

  /// Makes a barrier for so many parties, at least one.
  public init(parties: Int) {
    require(parties > 0, "AsyncBarrier: parties must be positive, got \(parties)")
    self.parties = parties
    state = Guarded(State(parties: parties))
  }

  /// Waits until all parties have come, and returns the place at which this one did, from 0.
  ///
  /// **Cancellation.** Throws `CancellationError` if the task is cancelled while it waits: it
  /// leaves. Once the barrier has released the generation, cancellation has no effect.
  ///
  /// - Throws: `CancellationError`; ``BrokenBarrierError`` after ``abort()``, or when ``reset()``
  ///   is called while the task waits.
  @discardableResult
  public func arriveAndWait() async throws -> Int {
    if RunningTask.mustPause { try await RunningTask.pause() }
    let outcome = try await park(.barrier) { waiter in
      let (ticket, wakeups) = try state.withLock { try $0.arrive(waiter) }
      wakeups.deliver()
      return ticket
    } cancel: { ticket in
      state.withLock { $0.line.cancel(ticket) }
    }
    switch outcome {
    // The last to come need not wait.
    case nil: return parties - 1
    case .granted(.released(let position)): return position
    case .granted(.broken): throw BrokenBarrierError()
    case .cancelled: throw CancellationError()
    }
  }

  /// Sends the waiting tasks away with ``BrokenBarrierError`` and starts afresh.
  public func reset() {
    for wakeup in state.withLock({ $0.breakGeneration(stayBroken: false) }) { wakeup.deliver() }
  }

  /// Breaks the barrier for good: a task that waits, or comes later, gets ``BrokenBarrierError``, until
  /// ``reset()``.
  public func abort() {
    for wakeup in state.withLock({ $0.breakGeneration(stayBroken: true) }) { wakeup.deliver() }
  }

  /// Whether ``abort()`` was called.
  public var isBroken: Bool { state.withLock { $0.isBroken } }

  /// How many parties wait.
  public var waiting: Int { state.withLock { $0.line.count } }
}

extension AsyncBarrier {
  /// How a wait at the barrier ended.
  enum Arrival: Sendable {
    case released(position: Int)
    case broken
  }

  /// Invariant: fewer than `parties` wait; none while the barrier is broken.
  struct State<Waiter> {
    typealias Line = WaitQueue<Void, Arrival, Waiter>

    let parties: Int
    private(set) var isBroken = false
    var line = Line()

    init(parties: Int) { self.parties = parties }

    /// Takes a place in line; none for the last to come, which releases the others.
    mutating func arrive(
      _ waiter: Waiter
    ) throws -> (Line.Ticket?, WakeupList<Arrival, Waiter>) {
      if isBroken { throw BrokenBarrierError() }
      guard line.count == parties - 1 else { return (line.enter((), waiter), WakeupList()) }
      var wakeups = WakeupList<Arrival, Waiter>()
      for position in 0..<(parties - 1) {
        if let wakeup = line.grantFirst(.released(position: position)) { wakeups.append(wakeup) }
      }
      return (nil, wakeups)
    }

    mutating func breakGeneration(stayBroken: Bool) -> WakeupList<Arrival, Waiter> {
      isBroken = stayBroken
      return line.grantAll(.broken)
    }
  }
}
