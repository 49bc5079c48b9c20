// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import DequeModule
public import HeapModule

/// An item in a queue, with the number of its arrival: one that was handed to a task which could
/// not take it goes back to where it was.
@usableFromInline
struct Queued<Element> {
  @usableFromInline let element: Element
  @usableFromInline let arrival: UInt64

  @inlinable
  init(element: Element, arrival: UInt64) {
    self.element = element
    self.arrival = arrival
  }
}

/// How a queue keeps its items, which decides the order in which they leave.
@usableFromInline
protocol QueueBuffer<Element>: SendableMetatype {
  associatedtype Element
  @inlinable
  var count: Int { get }
  /// Adds an item that arrives.
  mutating func insert(_ item: Queued<Element>)
  /// Puts an item back that had left, in the place it had.
  mutating func putBack(_ item: Queued<Element>)
  mutating func removeNext() -> Queued<Element>?
  @inlinable
  var next: Element? { get }
  /// Empties the buffer, and returns it as it was.
  mutating func takeAll() -> Self
}

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
