// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
