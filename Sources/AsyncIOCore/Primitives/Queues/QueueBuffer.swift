// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How a queue keeps its items, which decides the order in which they leave.
///
/// Of the package's own buffers; a queue of another order is not foreseen.
public protocol QueueBuffer<Element>: SendableMetatype {
  /// What the queue holds.
  associatedtype Element

  /// Makes an empty buffer.
  init()

  /// What the queue with this order is called.
  static var queueName: String { get }

  /// How many items there are.
  var count: Int { get }

  /// Adds an item that arrives.
  mutating func insert(_ item: Queued<Element>)

  /// Puts an item back that had left, in the place it had.
  mutating func putBack(_ item: Queued<Element>)

  /// Takes out the item that leaves next.
  mutating func removeNext() -> Queued<Element>?

  /// The item that leaves next.
  var next: Element? { get }

  /// Empties the buffer, and returns it as it was.
  mutating func takeAll() -> Self
}
