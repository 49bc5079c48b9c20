// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The line in front of every primitive: first come, first served, and leaving it is O(1).
///
/// A task enters with its waiter, which says where its outcome is to be left. A grant and a cancellation remove the place from the
/// line and hand out the waiter in one step, under the primitive's lock, so exactly one of them wins. Whether the task has
/// suspended by then is of no concern here: `OneShot` decides that.
///
/// Pure: no locks, tasks or clocks. Tests drive it with integers as waiters.
@usableFromInline
package struct WaitQueue<Request, Grant, Waiter> {
  @usableFromInline
  package typealias Ticket = WaitTicket

  @usableFromInline
  struct Slot {
    /// Nil while the slot is free.
    @usableFromInline var waiter: Waiter?
    @usableFromInline var request: Request?
    @usableFromInline var generation: UInt32 = 0
    // Narrow: a million waiters have a million slots.
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1

    @inlinable
    init() {}
  }

  // Invariant: the slots from `first` by `next` to `last` are exactly those with a waiter,
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
  package mutating func enter(_ request: Request, _ waiter: Waiter) -> Ticket {
    let index = takeFreeSlot()
    slots[index].waiter = waiter
    slots[index].request = request
    slots[index].previous = last
    slots[index].next = -1
    if last >= 0 { slots[Int(last)].next = Int32(index) } else { first = Int32(index) }
    last = Int32(index)
    count += 1
    return Ticket(index: index, generation: slots[index].generation)
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
  /// Nil when it was served already: the grant is kept.
  @inlinable
  package mutating func cancel(_ ticket: Ticket) -> Wakeup<Grant, Waiter>? {
    isWaiting(ticket) ? decide(ticket.index, .cancelled) : nil
  }

  /// Whether this place is still in line.
  @inlinable
  func isWaiting(_ ticket: Ticket) -> Bool {
    slots[ticket.index].generation == ticket.generation
  }

  @inlinable
  mutating func decide(_ index: Int, _ outcome: Outcome<Grant>) -> Wakeup<Grant, Waiter>? {
    unlink(index)
    let waiter = slots[index].waiter
    recycle(index)
    return waiter.map { Wakeup(waiter: $0, outcome: outcome) }
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
      slots.append(Slot())
      return slots.count - 1
    }
    let index = Int(firstFree)
    firstFree = slots[index].next
    return index
  }

  @inlinable
  mutating func recycle(_ index: Int) {
    slots[index].waiter = nil
    slots[index].request = nil
    slots[index].generation &+= 1
    slots[index].next = firstFree
    firstFree = Int32(index)
  }
}
