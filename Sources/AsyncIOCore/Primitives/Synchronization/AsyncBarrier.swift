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
    let (place, wakeups) = try state.withLock { try $0.arrive() }
    wakeups.deliver()
    switch place {
    case .last(let position): return position
    case .waits(let ticket):
      let outcome = await park(.barrier) { waiter in
        state.withLock { $0.line.park(ticket, waiter) }
      } cancel: {
        state.withLock { $0.line.cancel(ticket) }
      }
      guard case .granted(let arrival) = outcome else { throw CancellationError() }
      guard case .released(let position) = arrival else { throw BrokenBarrierError() }
      return position
    }
  }

  /// Sends those who wait away with ``BrokenBarrierError`` and starts afresh.
  public func reset() {
    for wakeup in state.withLock({ $0.breakGeneration(stayBroken: false) }) { wakeup.deliver() }
  }

  /// Breaks the barrier for good: who waits and who comes later gets ``BrokenBarrierError``, until
  /// ``reset()``.
  public func abort() {
    for wakeup in state.withLock({ $0.breakGeneration(stayBroken: true) }) { wakeup.deliver() }
  }

  /// Whether ``abort()`` was called.
  public var isBroken: Bool { state.withLock { $0.isBroken } }

  /// How many parties wait.
  public var waiting: Int { state.withLock { $0.line.count } }
}

/// The barrier was reset or aborted while, or before, the task waited at it.
public struct BrokenBarrierError: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// What happened.
  public var description: String { "the barrier was broken" }
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

    enum Place {
      case waits(Line.Ticket)
      case last(position: Int)
    }

    let parties: Int
    private(set) var isBroken = false
    var line = Line()

    init(parties: Int) { self.parties = parties }

    mutating func arrive() throws -> (Place, WakeupList<Arrival, Waiter>) {
      if isBroken { throw BrokenBarrierError() }
      guard line.count == parties - 1 else { return (.waits(line.enter(())), WakeupList()) }
      var wakeups = WakeupList<Arrival, Waiter>()
      for position in 0..<(parties - 1) {
        if let wakeup = line.grantFirst(.released(position: position)) { wakeups.append(wakeup) }
      }
      return (.last(position: parties - 1), wakeups)
    }

    mutating func breakGeneration(stayBroken: Bool) -> WakeupList<Arrival, Waiter> {
      isBroken = stayBroken
      return line.grantAll(.broken)
    }
  }
}
