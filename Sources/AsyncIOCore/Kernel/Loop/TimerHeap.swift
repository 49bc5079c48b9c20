// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The timers of a loop: a four-way heap ordered by deadline, then by the order of arming.
///
/// Insertion and removal are O(log n); a cancelled timer is gone at once.
///
/// The heap moves small values only: a table beside it says where each timer's value is, so that
/// a million timers are sifted without touching, or counting references to, a million objects. Four of them,
/// the children of one, fill a line of the cache.
package struct TimerHeap {
  private struct Entry {
    let deadline: Int64
    /// Among equal deadlines, the order of arming.
    let sequence: UInt32
    let slot: Int32

    @inline(__always)
    func comesBefore(_ other: Entry) -> Bool {
      deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence
    }
  }

  /// A timer, which is retained, or the next free slot: one word, since a million may be armed.
  private struct Slot {
    // A reference is even; the number of a slot is doubled and one more.
    private let bits: UInt

    init(_ timer: Unmanaged<TimerNode>) { bits = UInt(bitPattern: timer.toOpaque()) }
    init(nextFree: Int) { bits = UInt(bitPattern: nextFree) << 1 | 1 }

    var timer: Unmanaged<TimerNode>? {
      guard bits & 1 == 0, let pointer = UnsafeRawPointer(bitPattern: bits) else { return nil }
      return .fromOpaque(pointer)
    }

    var nextFree: Int { Int(bitPattern: bits) >> 1 }
  }

  private var entries: ContiguousArray<Entry> = []
  private var slots: ContiguousArray<Slot> = []
  /// By slot: where the entry is.
  private var positions: ContiguousArray<Int32> = []
  private var firstFree = -1
  private var nextSequence: UInt32

  /// The first number is given by tests that have the numbers run out.
  init(firstSequence: UInt32 = 0) { nextSequence = firstSequence }

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }
  var earliestDeadline: Int64? { entries.first?.deadline }

  mutating func insert(_ node: TimerNode, deadline: Int64) {
    require(!node.isArmed, "TimerHeap: the timer is armed already")
    if nextSequence == .max { renumber() }
    node.slot = takeSlot(.passRetained(node))
    let entry = Entry(deadline: deadline, sequence: nextSequence, slot: node.slot)
    nextSequence += 1
    entries.append(entry)
    siftUp(entry, from: entries.count - 1)
  }

  /// Takes a timer out; false when it was not armed.
  @discardableResult
  mutating func remove(_ node: TimerNode) -> Bool {
    guard node.isArmed else { return false }
    removeEntry(at: Int(positions[Int(node.slot)]))
    _ = freeSlot(node.slot)
    return true
  }

  /// Takes out the first timer if its time has come.
  mutating func popExpired(at now: Int64) -> TimerNode? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    removeEntry(at: 0)
    return freeSlot(first.slot)
  }

  /// Takes out every timer, in the order of their deadlines.
  mutating func removeAll() -> [(node: TimerNode, deadline: Int64)] {
    let sorted = entries.sorted { $0.comesBefore($1) }
    entries = []
    return sorted.compactMap { entry in
      freeSlot(entry.slot).map { ($0, entry.deadline) }
    }
  }

  // MARK: The table

  private mutating func takeSlot(_ node: Unmanaged<TimerNode>) -> Int32 {
    guard firstFree >= 0 else {
      require(slots.count < Int32.max, "TimerHeap: too many timers")
      slots.append(Slot(node))
      positions.append(-1)
      return Int32(slots.count - 1)
    }
    let slot = firstFree
    firstFree = slots[slot].nextFree
    slots[slot] = Slot(node)
    return Int32(slot)
  }

  /// Gives the slot's timer up, with the reference to it.
  private mutating func freeSlot(_ number: Int32) -> TimerNode? {
    let slot = Int(number)
    guard let reference = slots[slot].timer else { return nil }
    slots[slot] = Slot(nextFree: firstFree)
    firstFree = slot
    let node = reference.takeRetainedValue()
    node.slot = -1
    return node
  }

  // MARK: The heap

  /// Every four billion timers: those that are armed get small numbers, in the same order.
  private mutating func renumber() {
    nextSequence = 0
    let sorted = entries.sorted { $0.comesBefore($1) }
    for (index, entry) in sorted.enumerated() {
      place(Entry(deadline: entry.deadline, sequence: nextSequence, slot: entry.slot), at: index)
      nextSequence += 1
    }
  }

  private mutating func removeEntry(at index: Int) {
    let moved = entries.removeLast()
    guard index < entries.count else { return }
    if index > 0, moved.comesBefore(entries[(index - 1) >> 2]) {
      siftUp(moved, from: index)
    } else {
      siftDown(moved, from: index)
    }
  }

  private mutating func siftUp(_ entry: Entry, from start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) >> 2
      guard entry.comesBefore(entries[parent]) else { break }
      place(entries[parent], at: index)
      index = parent
    }
    place(entry, at: index)
  }

  private mutating func siftDown(_ entry: Entry, from start: Int) {
    var index = start
    while let child = smallestChild(of: index), entries[child].comesBefore(entry) {
      place(entries[child], at: index)
      index = child
    }
    place(entry, at: index)
  }

  @inline(__always)
  private func smallestChild(of index: Int) -> Int? {
    let first = index << 2 + 1
    guard first < entries.count else { return nil }
    var smallest = first
    for child in (first + 1)..<max(first + 1, min(first + 4, entries.count))
    where entries[child].comesBefore(entries[smallest]) {
      smallest = child
    }
    return smallest
  }

  @inline(__always)
  private mutating func place(_ entry: Entry, at index: Int) {
    entries[index] = entry
    positions[Int(entry.slot)] = Int32(truncatingIfNeeded: index)
  }
}
