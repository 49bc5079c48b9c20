// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct ReadyQueueTests {
  @Test func `First in, first out`() {
    var queue = ReadyQueue(order: .fifo)
    for number in 0..<5 { queue.append(ReadyEntry(callback: NumberedCallback(number))) }
    #expect(queue.count == 5)
    #expect(Self.drain(&queue) == [0, 1, 2, 3, 4])
    #expect(queue.isEmpty)
  }

  @Test func `Several entries are appended in their order`() {
    var queue = ReadyQueue(order: .fifo)
    queue.append(ReadyEntry(callback: NumberedCallback(0)))
    let inbox = Inbox()
    for number in 1...3 { _ = inbox.post(.entry(ReadyEntry(callback: NumberedCallback(number)))) }
    #expect(queue.append(from: inbox) == 3)
    #expect(inbox.isEmpty)
    #expect(Self.drain(&queue) == [0, 1, 2, 3])
  }

  @Test(arguments: [EventLoop.Order.fifo, .seeded(3)])
  func `Callbacks keep their places among other entries`(_ order: EventLoop.Order) throws {
    let loop = try EventLoop(.init())
    defer { loop.close() }
    var queue = ReadyQueue(order: order)
    let inbox = Inbox()
    let ran = Guarded<[Int]>([])
    for number in 0..<12 {
      let callback = ScheduledCallback(
        { ran.withLock { $0.append(number) } }, SourceSite(#fileID, #line))
      switch number % 3 {
      case 0: queue.append(ReadyEntry(callback: CallingCallback(callback)))
      case 1: queue.append(callback)
      default: _ = inbox.post(.callback(callback))
      }
      if !inbox.isEmpty { _ = queue.append(from: inbox) }
    }
    for _ in 0..<6 {
      guard let entry = queue.popNext() else { break }
      if entry.kind == .scheduled {
        queue.popCallback().run()
      } else {
        entry.takeCallback().run(on: loop)
      }
    }
    for item in queue.takeAll() {
      switch item {
      case .callback(let callback): callback.run()
      case .entry(let entry): entry.takeCallback().run(on: loop)
      }
    }
    let numbers = ran.withLock { $0 }
    #expect(numbers.sorted() == Array(0..<12))
    #expect((numbers == Array(0..<12)) == (order == .fifo))
  }

  @Test func `One seed is one order, with every entry once`() {
    let first = Self.order(seed: 7)
    #expect(first == Self.order(seed: 7))
    #expect(first != Self.order(seed: 8))
    #expect(first.sorted() == Array(0..<50))
  }

  @Test func `An entry keeps its kind and holds its callback`() {
    weak var released: NumberedCallback?
    do {
      let callback = NumberedCallback(1)
      released = callback
      let entry = ReadyEntry(callback: callback)
      #expect(entry.kind == .callback)
      #expect(entry.takeCallback() === callback)
    }
    #expect(released == nil)
  }

  @Test(.needsDirectRuntime) func `An entry is one word`() {
    #expect(MemoryLayout<ReadyEntry>.size == MemoryLayout<UInt>.size)
  }

  @Test func `The generator gives the numbers of its reference implementation`() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func `Bounded numbers stay below their bound`() {
    var random = SplitMix64(seed: 1)
    let numbers = (0..<1000).map { _ in random.next(below: 6) }
    #expect(Set(numbers) == Set(0..<6))
  }

  private static func order(seed: UInt64) -> [Int] {
    var queue = ReadyQueue(order: .seeded(seed))
    for number in 0..<50 { queue.append(ReadyEntry(callback: NumberedCallback(number))) }
    return drain(&queue)
  }

  private static func drain(_ queue: inout ReadyQueue) -> [Int] {
    var numbers: [Int] = []
    while let entry = queue.popNext() {
      let callback = entry.takeCallback() as? NumberedCallback
      if let callback { numbers.append(callback.number) }
    }
    return numbers
  }
}

private final class NumberedCallback: LoopStep, @unchecked Sendable {
  let number: Int

  init(_ number: Int) { self.number = number }
}

private final class CallingCallback: LoopStep, @unchecked Sendable {
  let callback: ScheduledCallback

  init(_ callback: ScheduledCallback) { self.callback = callback }

  override func run(on loop: EventLoop) { callback.run() }
}
