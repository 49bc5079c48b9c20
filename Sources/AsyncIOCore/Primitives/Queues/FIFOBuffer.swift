// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import DequeModule

/// First in, first out.
@usableFromInline
struct FIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  @usableFromInline var items = Deque<Queued<Element>>()

  @inlinable
  init() {}

  @inlinable
  var count: Int { items.count }
  @inlinable
  var next: Element? { items.first?.element }

  @inlinable
  mutating func insert(_ item: Queued<Element>) { items.append(item) }

  @inlinable
  mutating func putBack(_ item: Queued<Element>) {
    // At the front but for those that came back before it: few.
    let index = items.firstIndex { $0.arrival > item.arrival } ?? items.count
    items.insert(item, at: index)
  }

  @inlinable
  mutating func removeNext() -> Queued<Element>? { items.popFirst() }

  @inlinable
  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}
