// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Values with a place of their own each, which is used again once the value has been removed; insertion and removal are O(1).
///
/// A place is named by its index, while the value is known to be there; or by its number, which says how often the place has been
/// used and so is no longer found once the value has been removed. A number is never 0, and its highest bit is free for
/// others.
@usableFromInline
package struct SlotTable<Value> {
  @usableFromInline
  struct Slot {
    /// Nil while the place is free.
    @usableFromInline var value: Value?
    // Odd, so that no number is 0.
    @usableFromInline var generation: UInt32 = 1
    // Narrow: a million waiting tasks have a million of these.
    @usableFromInline var nextFree: Int32 = -1

    @inlinable
    init(_ value: Value) { self.value = value }
  }

  // Invariant: the slots without a value hang from `firstFree` by `nextFree`; the others are `count`.
  @usableFromInline var slots: ContiguousArray<Slot>
  @usableFromInline var firstFree: Int32
  @usableFromInline package private(set) var count: Int

  // Not as initial values: other modules would call for them without knowing the type.
  @inlinable
  package init() {
    slots = []
    firstFree = -1
    count = 0
  }

  /// How many places there are, with those that are free.
  @inlinable
  package var placeCount: Int { slots.count }

  /// The values, in the order of their places.
  package var values: some Sequence<Value> { slots.lazy.compactMap(\.value) }

  /// The indices of the values that fulfil a condition.
  package func indices(where isWanted: (Value) -> Bool) -> [Int] {
    slots.indices.filter { slots[$0].value.map(isWanted) ?? false }
  }

  /// Puts a value into a free place, and returns its index.
  @inlinable
  package mutating func insert(_ value: Value) -> Int {
    count += 1
    guard firstFree >= 0 else {
      slots.append(Slot(value))
      return slots.count - 1
    }
    let index = Int(firstFree)
    firstFree = slots[index].nextFree
    slots[index].value = value
    return index
  }

  /// The value at an index, which must be there.
  // swift-format-ignore: NeverForceUnwrap
  @inlinable
  package subscript(index: Int) -> Value {
    get { slots[index].value! }
    _modify { yield &slots[index].value! }
  }

  /// Takes out the value at an index, which must be there.
  @inlinable
  @discardableResult
  package mutating func remove(at index: Int) -> Value {
    guard let value = slots[index].value.take() else {
      failRequirement("SlotTable: there is no value at \(index)")
    }
    slots[index].generation &+= 2
    slots[index].nextFree = firstFree
    firstFree = Int32(truncatingIfNeeded: index)
    count -= 1
    return value
  }

  // MARK: Numbers

  /// The number of the value at an index.
  @inlinable
  package func number(at index: Int) -> UInt64 {
    UInt64(index) << 32 | UInt64(slots[index].generation)
  }

  /// Where the value with this number is; nil when it was removed.
  @inlinable
  package func index(of number: UInt64) -> Int? {
    let index = Int(number >> 32)
    return index < slots.count && slots[index].generation == UInt32(truncatingIfNeeded: number)
      ? index : nil
  }
}
