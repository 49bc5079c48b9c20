// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Last in, first out.
@usableFromInline
struct LIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  @usableFromInline var items: [Queued<Element>] = []

  @inlinable
  init() {}

  @inlinable
  var count: Int { items.count }
  @inlinable
  var next: Element? { items.last?.element }

  @inlinable
  mutating func insert(_ item: Queued<Element>) { items.append(item) }

  @inlinable
  mutating func putBack(_ item: Queued<Element>) {
    let index = items.lastIndex { $0.arrival < item.arrival }.map { $0 + 1 } ?? 0
    items.insert(item, at: index)
  }

  @inlinable
  mutating func removeNext() -> Queued<Element>? { items.popLast() }

  @inlinable
  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}
