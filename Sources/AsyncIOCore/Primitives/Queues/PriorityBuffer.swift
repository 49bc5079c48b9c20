// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HeapModule

/// Smallest first; equal ones in the order of their arrival.
public struct PriorityBuffer<Element: Comparable>: QueueBuffer {
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

  /// Nothing is in it.
  @inlinable
  public init() {}

  /// What a queue with this order is called.
  public static var queueName: String { "AsyncPriorityQueue" }

  /// How many items there are.
  @inlinable
  public var count: Int { items.count }
  /// The item that leaves next.
  @inlinable
  public var next: Element? { items.min?.queued.element }

  /// Adds an item that arrives.
  @inlinable
  public mutating func insert(_ item: Queued<Element>) { items.insert(Item(item)) }
  /// Puts an item back that had left, in the place it had.
  @inlinable
  public mutating func putBack(_ item: Queued<Element>) { insert(item) }
  /// Takes out the item that leaves next.
  @inlinable
  public mutating func removeNext() -> Queued<Element>? { items.popMin()?.queued }

  /// Empties the buffer, and returns it as it was.
  @inlinable
  public mutating func takeAll() -> Self {
    defer { items = Heap() }
    return self
  }
}
