// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule
internal import HeapModule

/// An item in a queue, with the number of its arrival: one that was handed to a task which could
/// not take it goes back to where it was.
struct Queued<Element> {
  let element: Element
  let arrival: UInt64
}

/// How a queue keeps its items, which decides the order in which they leave.
protocol QueueBuffer<Element>: SendableMetatype {
  associatedtype Element
  var count: Int { get }
  /// Adds an item that arrives.
  mutating func insert(_ item: Queued<Element>)
  /// Puts an item back that had left, in the place it had.
  mutating func putBack(_ item: Queued<Element>)
  mutating func removeNext() -> Queued<Element>?
  var next: Element? { get }
  /// Empties the buffer, and returns it as it was.
  mutating func takeAll() -> Self
}

/// First in, first out.
struct FIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  private var items = Deque<Queued<Element>>()

  var count: Int { items.count }
  var next: Element? { items.first?.element }

  mutating func insert(_ item: Queued<Element>) { items.append(item) }

  mutating func putBack(_ item: Queued<Element>) {
    // At the front but for those that came back before it: few.
    let index = items.firstIndex { $0.arrival > item.arrival } ?? items.count
    items.insert(item, at: index)
  }

  mutating func removeNext() -> Queued<Element>? { items.popFirst() }

  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}

/// Last in, first out.
struct LIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  private var items: [Queued<Element>] = []

  var count: Int { items.count }
  var next: Element? { items.last?.element }

  mutating func insert(_ item: Queued<Element>) { items.append(item) }

  mutating func putBack(_ item: Queued<Element>) {
    let index = items.lastIndex { $0.arrival < item.arrival }.map { $0 + 1 } ?? 0
    items.insert(item, at: index)
  }

  mutating func removeNext() -> Queued<Element>? { items.popLast() }

  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}

/// Smallest first; equal ones in the order of their arrival.
struct PriorityBuffer<Element: Comparable>: QueueBuffer {
  private struct Item: Comparable {
    let queued: Queued<Element>

    static func == (left: Item, right: Item) -> Bool {
      left.queued.arrival == right.queued.arrival
    }

    static func < (left: Item, right: Item) -> Bool {
      if left.queued.element < right.queued.element { return true }
      if right.queued.element < left.queued.element { return false }
      return left.queued.arrival < right.queued.arrival
    }
  }

  private var items = Heap<Item>()

  var count: Int { items.count }
  var next: Element? { items.min?.queued.element }

  mutating func insert(_ item: Queued<Element>) { items.insert(Item(queued: item)) }
  mutating func putBack(_ item: Queued<Element>) { insert(item) }
  mutating func removeNext() -> Queued<Element>? { items.popMin()?.queued }

  mutating func takeAll() -> Self {
    defer { items = Heap() }
    return self
  }
}
