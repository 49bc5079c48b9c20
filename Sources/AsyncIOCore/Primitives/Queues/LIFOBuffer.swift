// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Last in, first out.
public struct LIFOBuffer<Element>: QueueBuffer {
  // Invariant: in the order of arrival.
  @usableFromInline var items: [Queued<Element>] = []

  /// Nothing is in it.
  @inlinable
  public init() {}

  /// What a queue with this order is called.
  public static var queueName: String { "AsyncLIFOQueue" }

  /// How many items there are.
  @inlinable
  public var count: Int { items.count }
  /// The item that leaves next.
  @inlinable
  public var next: Element? { items.last?.element }

  /// Adds an item that arrives.
  @inlinable
  public mutating func insert(_ item: Queued<Element>) { items.append(item) }

  /// Puts an item back that had left, in the place it had.
  @inlinable
  public mutating func putBack(_ item: Queued<Element>) {
    let index = items.lastIndex { $0.arrival < item.arrival }.map { $0 + 1 } ?? 0
    items.insert(item, at: index)
  }

  /// Takes out the item that leaves next.
  @inlinable
  public mutating func removeNext() -> Queued<Element>? { items.popLast() }

  /// Empties the buffer, and returns it as it was.
  @inlinable
  public mutating func takeAll() -> Self {
    defer { items = [] }
    return self
  }
}
