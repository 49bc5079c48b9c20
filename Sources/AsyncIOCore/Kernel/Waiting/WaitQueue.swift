// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The line in front of every primitive: first come, first served, and leaving it is O(1).
///
/// A place in line goes through these phases, each reached once:
///
///     enter ──► reserved ──► parked(waiter) ──► granted: the waiter is handed out with its grant
///                   │              └──────────► cancelled: the waiter is handed out without one
///                   └──► decided(outcome) ──► taken by `park`, when grant or cancellation came
///                                             before the task had suspended
///
/// A task first takes its place (which fixes its turn), then suspends, then parks its continuation.
/// Whoever grants or cancels removes the place from the line in the same step, under the
/// primitive's lock, so exactly one of them wins. Pure: no locks, tasks or clocks. Tests drive it
/// with integers as waiters.
@usableFromInline
package struct WaitQueue<Request, Grant, Waiter> {
  /// Names a place in line.
  ///
  /// Stays harmless after the place is gone: slots count their generations.
  @usableFromInline
  package struct Ticket: Hashable, Sendable {
    @usableFromInline let index: Int
    @usableFromInline let generation: UInt32

    @inlinable
    init(index: Int, generation: UInt32) {
      self.index = index
      self.generation = generation
    }
  }

  @usableFromInline
  enum Phase {
    case free
    case reserved
    case parked(Waiter)
    case decided(Outcome<Grant>)
  }

  @usableFromInline
  struct Slot {
    @usableFromInline var phase: Phase
    @usableFromInline var request: Request?
    @usableFromInline var generation: UInt32 = 0
    // Narrow: a million waiters have a million slots.
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1

    @inlinable
    init(_ phase: Phase) { self.phase = phase }
  }

  // Invariant: the slots from `first` by `next` to `last` are exactly the reserved and parked ones,
  // `count` of them; the free ones hang from `firstFree` by `next`.
  @usableFromInline var slots: ContiguousArray<Slot> = []
  @usableFromInline var first: Int32 = -1
  @usableFromInline var last: Int32 = -1
  @usableFromInline var firstFree: Int32 = -1
  @usableFromInline var count = 0

  @inlinable
  package init() {}

  @inlinable
  package var isEmpty: Bool { count == 0 }

  /// What the first in line asked for.
  @inlinable
  var firstRequest: Request? { first < 0 ? nil : slots[Int(first)].request }

  /// Takes the last place in line.
  @inlinable
  package mutating func enter(_ request: Request) -> Ticket {
    let index = takeFreeSlot()
    slots[index].phase = .reserved
    slots[index].request = request
    slots[index].previous = last
    slots[index].next = -1
    if last >= 0 { slots[Int(last)].next = Int32(index) } else { first = Int32(index) }
    last = Int32(index)
    count += 1
    return Ticket(index: index, generation: slots[index].generation)
  }

  /// Leaves a suspended task at its place, or returns what was decided while it was suspending.
  @inlinable
  package mutating func park(_ ticket: Ticket, _ waiter: Waiter) -> Outcome<Grant>? {
    require(isCurrent(ticket), "WaitQueue: parked twice")
    switch slots[ticket.index].phase {
    case .reserved:
      slots[ticket.index].phase = .parked(waiter)
      return nil
    case .decided(let outcome):
      recycle(ticket.index)
      return outcome
    case .free, .parked:
      failRequirement("WaitQueue: parked twice")
    }
  }

  /// Serves the first in line.
  ///
  /// The returned wake-up is to be delivered after the lock is released.
  @inlinable
  package mutating func grantFirst(_ grant: Grant) -> Wakeup<Grant, Waiter>? {
    guard first >= 0 else { return nil }
    return decide(Int(first), .granted(grant))
  }

  /// Takes a place out of line.
  ///
  /// Nil when it was served already (the grant stands), or when its task has not parked yet and
  /// will find out when it does.
  @inlinable
  package mutating func cancel(_ ticket: Ticket) -> Wakeup<Grant, Waiter>? {
    guard isCurrent(ticket) else { return nil }
    if case .decided = slots[ticket.index].phase { return nil }
    return decide(ticket.index, .cancelled)
  }

  /// Whether this place is still in line.
  @inlinable
  func isWaiting(_ ticket: Ticket) -> Bool {
    guard isCurrent(ticket) else { return false }
    switch slots[ticket.index].phase {
    case .reserved, .parked: return true
    case .free, .decided: return false
    }
  }

  @inlinable
  func isCurrent(_ ticket: Ticket) -> Bool {
    slots[ticket.index].generation == ticket.generation
  }

  @inlinable
  mutating func decide(_ index: Int, _ outcome: Outcome<Grant>) -> Wakeup<Grant, Waiter>? {
    unlink(index)
    if case .parked(let waiter) = slots[index].phase {
      recycle(index)
      return Wakeup(waiter: waiter, outcome: outcome)
    }
    slots[index].phase = .decided(outcome)
    slots[index].request = nil
    return nil
  }

  @inlinable
  mutating func unlink(_ index: Int) {
    let (previous, next) = (slots[index].previous, slots[index].next)
    if previous >= 0 { slots[Int(previous)].next = next } else { first = next }
    if next >= 0 { slots[Int(next)].previous = previous } else { last = previous }
    count -= 1
  }

  @inlinable
  mutating func takeFreeSlot() -> Int {
    guard firstFree >= 0 else {
      slots.append(Slot(.free))
      return slots.count - 1
    }
    let index = Int(firstFree)
    firstFree = slots[index].next
    return index
  }

  @inlinable
  mutating func recycle(_ index: Int) {
    slots[index].phase = .free
    slots[index].request = nil
    slots[index].generation &+= 1
    slots[index].next = firstFree
    firstFree = Int32(index)
  }
}

/// How a wait ended.
@usableFromInline
package enum Outcome<Grant> {
  case granted(Grant)
  case cancelled
}

/// A task to be resumed, and with what.
///
/// Delivered outside the lock.
@usableFromInline
package struct Wakeup<Grant, Waiter> {
  @usableFromInline let waiter: Waiter
  @usableFromInline let outcome: Outcome<Grant>

  @inlinable
  init(waiter: Waiter, outcome: Outcome<Grant>) {
    self.waiter = waiter
    self.outcome = outcome
  }
}

extension Outcome: Sendable where Grant: Sendable {}
extension Wakeup: Sendable where Grant: Sendable, Waiter: Sendable {}
