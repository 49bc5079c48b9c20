// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule
internal import HeapModule

/// How a queue keeps its items, which decides the order in which they leave.
protocol QueueBuffer<Element>: SendableMetatype {
  associatedtype Element
  var count: Int { get }
  mutating func insert(_ element: Element)
  /// Puts an item back that had left, so that it leaves next.
  mutating func putBack(_ element: Element)
  mutating func removeNext() -> Element?
  var next: Element? { get }
  /// Empties the buffer, and returns it as it was.
  mutating func takeAll() -> Self
}

/// First in, first out.
struct FIFOBuffer<Element>: QueueBuffer {
  private var items = Deque<Element>()
  var count: Int { items.count }
  var next: Element? { items.first }
  mutating func insert(_ element: Element) { items.append(element) }
  mutating func putBack(_ element: Element) { items.prepend(element) }
  mutating func removeNext() -> Element? { items.popFirst() }
  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}

/// Last in, first out.
struct LIFOBuffer<Element>: QueueBuffer {
  private var items: [Element] = []
  var count: Int { items.count }
  var next: Element? { items.last }
  mutating func insert(_ element: Element) { items.append(element) }
  mutating func putBack(_ element: Element) { items.append(element) }
  mutating func removeNext() -> Element? { items.popLast() }
  mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}

/// Smallest first; equal ones in the order of their arrival.
struct PriorityBuffer<Element: Comparable>: QueueBuffer {
  private struct Item: Comparable {
    let element: Element
    let arrival: Int64

    static func == (left: Item, right: Item) -> Bool { left.arrival == right.arrival }
    static func < (left: Item, right: Item) -> Bool {
      if left.element < right.element { return true }
      if right.element < left.element { return false }
      return left.arrival < right.arrival
    }
  }

  private var items = Heap<Item>()
  private var nextArrival: Int64 = 0
  // What is put back comes before all its equals: its numbers run the other way.
  private var nextReturn: Int64 = -1

  var count: Int { items.count }
  var next: Element? { items.min?.element }

  mutating func insert(_ element: Element) {
    items.insert(Item(element: element, arrival: nextArrival))
    nextArrival += 1
  }

  mutating func putBack(_ element: Element) {
    items.insert(Item(element: element, arrival: nextReturn))
    nextReturn -= 1
  }

  mutating func removeNext() -> Element? { items.popMin()?.element }

  mutating func takeAll() -> Self {
    defer { items = Heap() }
    return self
  }
}
