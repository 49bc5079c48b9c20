// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import DequeModule

/// First in, first out.
public struct FIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  @usableFromInline var items = Deque<Queued<Element>>()

  /// Nothing is in it.
  @inlinable
  public init() {}

  /// What a queue with this order is called.
  public static var queueName: String { "AsyncQueue" }

  /// How many items there are.
  @inlinable
  public var count: Int { items.count }
  /// The item that leaves next.
  @inlinable
  public var next: Element? { items.first?.element }

  /// Adds an item that arrives.
  @inlinable
  public mutating func insert(_ item: Queued<Element>) { items.append(item) }

  /// Puts an item back that had left, in the place it had.
  @inlinable
  public mutating func putBack(_ item: Queued<Element>) {
    // At the front but for those that came back before it: few.
    let index = items.firstIndex { $0.arrival > item.arrival } ?? items.count
    items.insert(item, at: index)
  }

  /// Takes out the item that leaves next.
  @inlinable
  public mutating func removeNext() -> Queued<Element>? { items.popFirst() }

  /// Empties the buffer, and returns it as it was.
  @inlinable
  public mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}
