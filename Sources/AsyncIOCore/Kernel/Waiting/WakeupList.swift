// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Tasks to be resumed, in order, once the lock is released.
///
/// Rarely more than one: the first needs no memory of its own.
@usableFromInline
struct WakeupList<Grant, Waiter>: Sequence {
  @usableFromInline var first: Wakeup<Grant, Waiter>?
  @usableFromInline var rest: [Wakeup<Grant, Waiter>] = []

  @inlinable
  init() {}

  @inlinable
  var isEmpty: Bool { first == nil }

  @inlinable
  mutating func append(_ wakeup: consuming Wakeup<Grant, Waiter>) {
    if first == nil { first = wakeup } else { rest.append(wakeup) }
  }

  @inlinable
  func makeIterator() -> some IteratorProtocol<Wakeup<Grant, Waiter>> {
    (first.map { [$0] + rest } ?? []).makeIterator()
  }
}

extension WakeupList where Waiter == Parked<Grant> {
  /// Resumes them all.
  ///
  /// Never under a lock.
  @inlinable
  func deliver() {
    guard let first else { return }
    first.deliver()
    for wakeup in rest { wakeup.deliver() }
  }
}

extension WakeupList: Sendable where Grant: Sendable, Waiter: Sendable {}

extension WaitQueue {
  /// Serves everybody, in order.
  @inlinable
  mutating func grantAll(_ grant: Grant) -> WakeupList<Grant, Waiter> {
    var wakeups = WakeupList<Grant, Waiter>()
    while !isEmpty {
      if let wakeup = grantFirst(grant) { wakeups.append(wakeup) }
    }
    return wakeups
  }
}
