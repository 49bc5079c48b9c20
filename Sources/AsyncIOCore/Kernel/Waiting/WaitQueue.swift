// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) package import AsyncIOPlatform

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
  struct Place {
    @usableFromInline let waiter: Waiter
    @usableFromInline let request: Request
    // Narrow: a million waiters have a million places.
    @usableFromInline var previous: Int32
    @usableFromInline var next: Int32 = -1

    @inlinable
    init(_ waiter: Waiter, _ request: Request, previous: Int32) {
      self.waiter = waiter
      self.request = request
      self.previous = previous
    }
  }

  // Invariant: the places from `first` by `next` to `last` are exactly those that are taken.
  @usableFromInline var places: SlotTable<Place>
  @usableFromInline var first: Int32
  @usableFromInline var last: Int32

  @inlinable
  package init() {
    places = SlotTable()
    first = -1
    last = -1
  }

  @inlinable
  package var count: Int { places.count }

  @inlinable
  package var isEmpty: Bool { first < 0 }

  /// What the first in line asked for.
  @inlinable
  var firstRequest: Request? { first < 0 ? nil : places[Int(first)].request }

  /// Takes the last place in line.
  @inlinable
  package mutating func enter(_ request: Request, _ waiter: Waiter) -> Ticket {
    let index = places.insert(Place(waiter, request, previous: last))
    if last >= 0 { places[Int(last)].next = Int32(index) } else { first = Int32(index) }
    last = Int32(index)
    return Ticket(number: places.number(at: index))
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
    places.index(of: ticket.number).map { decide($0, .cancelled) }
  }

  /// Whether this place is still in line.
  @inlinable
  func isWaiting(_ ticket: Ticket) -> Bool { places.index(of: ticket.number) != nil }

  @inlinable
  mutating func decide(_ index: Int, _ outcome: Outcome<Grant>) -> Wakeup<Grant, Waiter> {
    let place = places.remove(at: index)
    let (previous, next) = (Int(place.previous), Int(place.next))
    if previous >= 0 { places[previous].next = place.next } else { first = place.next }
    if next >= 0 { places[next].previous = place.previous } else { last = place.previous }
    return Wakeup(waiter: place.waiter, outcome: outcome)
  }
}
