// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// An item in a queue, with the number of its arrival: one that was handed to a task which could
/// not take it goes back to where it was.
public struct Queued<Element> {
  @usableFromInline let element: Element
  @usableFromInline let arrival: UInt64

  @inlinable
  init(element: Element, arrival: UInt64) {
    self.element = element
    self.arrival = arrival
  }
}
