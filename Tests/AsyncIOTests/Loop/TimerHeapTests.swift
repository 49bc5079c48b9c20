// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TimerHeapTests {
  @Test func `Timers leave in the order of their deadlines`() {
    var heap = TimerHeap()
    let nodes = (0..<20).map { _ in TimerNode() }
    for (index, node) in nodes.enumerated() { heap.insert(node, deadline: Int64(index * 7 % 20)) }
    var deadlines: [Int64] = []
    while let deadline = heap.earliestDeadline, heap.popExpired(at: .max) != nil {
      deadlines.append(deadline)
    }
    #expect(deadlines == (0..<20).map(Int64.init))
  }

  /// The second, when the numbers of arming run out on the way.
  @Test(arguments: [0, UInt32.max - 50])
  func `B53 Equal deadlines leave in the order of arming`(_ firstSequence: UInt32) {
    var heap = TimerHeap(firstSequence: firstSequence)
    let later = TimerNode()
    heap.insert(later, deadline: 6)
    let nodes = (0..<100).map { _ in TimerNode() }
    for node in nodes { heap.insert(node, deadline: 5) }
    for node in nodes.prefix(30) {
      heap.remove(node)
      heap.insert(node, deadline: 5)
    }
    for node in nodes[30...] + nodes[..<30] { #expect(heap.popExpired(at: 5) === node) }
    #expect(heap.popExpired(at: 6) === later)
    #expect(heap.isEmpty)
  }

  @Test func `A timer does not leave before its time`() {
    var heap = TimerHeap()
    let node = TimerNode()
    heap.insert(node, deadline: 10)
    #expect(heap.popExpired(at: 9) == nil)
    #expect(node.isArmed)
    #expect(heap.popExpired(at: 10) === node)
    #expect(!node.isArmed)
  }

  @Test func `B55 Removing the first or the last timer moves the earliest deadline`() {
    var heap = TimerHeap()
    let (first, second) = (TimerNode(), TimerNode())
    heap.insert(first, deadline: 1)
    heap.insert(second, deadline: 2)
    let isRemoved1 = heap.remove(first)
    #expect(isRemoved1)
    #expect(heap.earliestDeadline == 2)
    let isRemoved2 = heap.remove(second)
    #expect(isRemoved2)
    #expect(heap.earliestDeadline == nil)
    let isRemoved3 = heap.remove(second)
    #expect(!isRemoved3)
  }

  @Test func `A timer can be armed again after it left`() {
    var heap = TimerHeap()
    let node = TimerNode()
    for deadline in [Int64.min, 0, .max] {
      heap.insert(node, deadline: deadline)
      #expect(heap.earliestDeadline == deadline)
      #expect(heap.popExpired(at: .max) === node)
    }
  }

  @Test func `Removing all disarms all`() {
    var heap = TimerHeap()
    let nodes = (0..<10).map { _ in TimerNode() }
    for node in nodes { heap.insert(node, deadline: 1) }
    #expect(heap.removeAll().count == 10)
    #expect(heap.isEmpty)
    #expect(nodes.allSatisfy { !$0.isArmed })
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `Ten thousand random operations agree with a sorted list`(seed: UInt64) {
    var model = HeapModel(seed: seed)
    for step in 0..<10_000 {
      model.runRandomStep()
      guard model.agrees else {
        Issue.record("heap and model differ after step \(step)")
        return
      }
    }
    let isInOrder = model.drainsInOrder()
    #expect(isInOrder)
  }
}

/// A heap beside the simplest thing that behaves like one.
private struct HeapModel {
  private struct Entry {
    let deadline: Int64
    let order: Int
    let node: TimerNode
  }

  private var heap = TimerHeap()
  private var entries: [Entry] = []
  private var order = 0
  private var random: SplitMix64
  private(set) var agrees = true

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func runRandomStep() {
    let action = random.next(below: 5)
    if entries.isEmpty || action < 3 && entries.count < 200 {
      insert()
    } else if action == 3 {
      remove()
    } else {
      pop()
    }
    let earliest = entries.map(\.deadline).min()
    if heap.count != entries.count || heap.earliestDeadline != earliest { agrees = false }
  }

  mutating func drainsInOrder() -> Bool {
    let expected = entries.sorted { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
    let actual = expected.map { _ in heap.popExpired(at: .max) }
    return zip(expected, actual).allSatisfy { $0.node === $1 } && heap.isEmpty
  }

  private mutating func insert() {
    let entry = Entry(
      deadline: Int64(random.next(below: 50)), order: order, node: TimerNode())
    order += 1
    heap.insert(entry.node, deadline: entry.deadline)
    entries.append(entry)
  }

  private mutating func remove() {
    let entry = entries.remove(at: random.next(below: entries.count))
    if !heap.remove(entry.node) || entry.node.isArmed { agrees = false }
  }

  private mutating func pop() {
    let now = Int64(random.next(below: 50))
    let due = entries.indices.filter { entries[$0].deadline <= now }.min {
      (entries[$0].deadline, entries[$0].order) < (entries[$1].deadline, entries[$1].order)
    }
    let popped = heap.popExpired(at: now)
    let expected = due.map { entries.remove(at: $0).node }
    if popped !== expected { agrees = false }
  }
}
