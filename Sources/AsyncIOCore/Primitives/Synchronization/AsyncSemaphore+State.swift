// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension AsyncSemaphore {
  /// Invariant: the first in line waits only while it asks for more permits than are free.
  struct State<Waiter> {
    typealias Line = WaitQueue<Int, Void, Waiter>

    private(set) var permits: Int
    private(set) var total: Int
    let isBounded: Bool
    var line = Line()

    init(permits: Int, isBounded: Bool) {
      self.permits = permits
      total = permits
      self.isBounded = isBounded
    }

    /// Takes permits, or a place in line.
    mutating func acquire(_ count: Int, _ waiter: Waiter) -> Line.Ticket? {
      tryAcquire(count) ? nil : line.enter(count, waiter)
    }

    mutating func tryAcquire(_ count: Int) -> Bool {
      require(count > 0, "AsyncSemaphore: count must be positive, got \(count)")
      guard line.isEmpty, permits >= count else { return false }
      permits -= count
      return true
    }

    mutating func release(_ count: Int) -> WakeupList<Void, Waiter> {
      permits += count
      require(
        !isBounded || permits <= total,
        "AsyncSemaphore: released more often than acquired (\(permits) of \(total) permits free)")
      // Permits that were never acquired are added for good.
      total = max(total, permits)
      return serve()
    }

    /// Leaves the line.
    ///
    /// A big request at its head may have held back others that now fit.
    mutating func cancel(
      _ ticket: Line.Ticket
    ) -> (own: Wakeup<Void, Waiter>?, others: WakeupList<Void, Waiter>) {
      let own = line.cancel(ticket)
      return (own, serve())
    }

    mutating func resize(to newTotal: Int) -> WakeupList<Void, Waiter> {
      permits += newTotal - total
      total = newTotal
      return serve()
    }

    private mutating func serve() -> WakeupList<Void, Waiter> {
      var wakeups = WakeupList<Void, Waiter>()
      while let count = line.firstRequest, permits >= count {
        permits -= count
        if let wakeup = line.grantFirst(()) { wakeups.append(wakeup) }
      }
      return wakeups
    }
  }
}
