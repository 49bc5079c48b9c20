// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HeapModule

/// Smallest first; equal ones in the order of their arrival.
@usableFromInline
struct PriorityBuffer<Element: Comparable>: QueueBuffer {
  @usableFromInline
  struct Item: Comparable {
    @usableFromInline let queued: Queued<Element>

    @inlinable
    init(_ queued: Queued<Element>) { self.queued = queued }

    @inlinable
    static func == (left: Item, right: Item) -> Bool {
      left.queued.arrival == right.queued.arrival
    }

    @inlinable
    static func < (left: Item, right: Item) -> Bool {
      if left.queued.element < right.queued.element { return true }
      if right.queued.element < left.queued.element { return false }
      return left.queued.arrival < right.queued.arrival
    }
  }

  @usableFromInline var items = Heap<Item>()

  @inlinable
  init() {}

  @inlinable
  var count: Int { items.count }
  @inlinable
  var next: Element? { items.min?.queued.element }

  @inlinable
  mutating func insert(_ item: Queued<Element>) { items.insert(Item(item)) }
  @inlinable
  mutating func putBack(_ item: Queued<Element>) { insert(item) }
  @inlinable
  mutating func removeNext() -> Queued<Element>? { items.popMin()?.queued }

  @inlinable
  mutating func takeAll() -> Self {
    defer { items = Heap() }
    return self
  }
}
