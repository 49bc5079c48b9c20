// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct QueueStateTests {
  @Test func `What is put is taken, in order, and counts as unfinished until done`() throws {
    var bench = Bench(maxSize: 0)
    for item in 1...3 { _ = try bench.putNow(item) }
    #expect(bench.state.unfinished == 3)
    let items = [try bench.getNow(), try bench.getNow(), try bench.getNow(), bench.tryGet()]
    #expect(items == [1, 2, 3, nil])
    #expect(bench.state.unfinished == 3)
  }

  @Test func `An item goes straight to the first who waits`() throws {
    var bench = Bench(maxSize: 1)
    for getter in 1...2 { try bench.waitToGet(getter) }
    _ = try bench.putNow(10)
    #expect(bench.served == [1: 10])
    #expect(bench.state.buffer.count == 0)
    #expect(bench.state.getters.count == 1)
  }

  @Test func `Nobody takes or puts past those who wait`() throws {
    var bench = Bench(maxSize: 1)
    try bench.waitToGet(1)
    let taken = bench.tryGet()
    #expect(taken == nil)
    _ = try bench.putNow(10)
    _ = try bench.putNow(11)
    try bench.waitToPut(2, 12)
    let isIn = bench.tryPut(13)
    #expect(!isIn)
    #expect(bench.state.putters.count == 1)
  }

  @Test func `Room lets the first putter in, with its item last`() throws {
    var bench = Bench(maxSize: 2)
    _ = try bench.putNow(1)
    _ = try bench.putNow(2)
    for putter in 3...4 { try bench.waitToPut(putter, putter) }
    #expect(bench.state.unfinished == 2)
    let item = try bench.getNow()
    #expect(item == 1)
    #expect(bench.admitted == [3])
    #expect(bench.state.unfinished == 3)
    #expect(bench.state.buffer.count == 2)
  }

  @Test func `A putter that leaves takes its item with it`() throws {
    var bench = Bench(maxSize: 1)
    _ = try bench.putNow(1)
    let ticket = try bench.waitToPut(2, 2)
    try bench.waitToPut(3, 3)
    _ = bench.state.putters.cancel(ticket)
    let items = [try bench.getNow(), try bench.getNow(), bench.tryGet()]
    #expect(items == [1, 3, nil])
    #expect(bench.admitted == [3])
    #expect(bench.state.unfinished == 2)
  }

  @Test func `An item that comes back is the next, and was counted already`() throws {
    var bench = Bench(maxSize: 0)
    try bench.waitToGet(1)
    _ = try bench.putNow(10)
    _ = try bench.putNow(11)
    bench.putBack(10)
    #expect(bench.state.unfinished == 2)
    let items = [try bench.getNow(), try bench.getNow()]
    #expect(items == [10, 11])
  }

  @Test func `An item that comes back goes to who waits`() throws {
    var bench = Bench(maxSize: 0)
    for getter in 1...2 { try bench.waitToGet(getter) }
    _ = try bench.putNow(10)
    bench.putBack(10)
    #expect(bench.served == [1: 10, 2: 10])
    #expect(bench.state.buffer.count == 0)
  }

  @Test func `An item that comes back may exceed the size; putters wait for as long`() throws {
    var bench = Bench(maxSize: 1)
    try bench.waitToGet(1)
    _ = try bench.putNow(10)
    _ = try bench.putNow(11)
    try bench.waitToPut(2, 12)
    bench.putBack(10)
    #expect(bench.state.buffer.count == 2)
    let first = try bench.getNow()
    #expect(first == 10)
    #expect(bench.admitted.isEmpty)
    let second = try bench.getNow()
    #expect(second == 11)
    #expect(bench.admitted == [2])
  }

  @Test func `The last item that is done ends the join, once`() throws {
    var bench = Bench(maxSize: 0)
    _ = try bench.putNow(1)
    _ = try bench.putNow(2)
    try bench.waitToJoin(1)
    bench.taskDone()
    #expect(bench.joined.isEmpty)
    bench.taskDone()
    #expect(bench.joined == [1])
    let place = bench.state.join(1)
    #expect(place == nil)
  }

  @Test func `Shutdown sends putters away, and getters of an empty queue`() throws {
    var bench = Bench(maxSize: 1)
    try bench.waitToGet(1)
    bench.shutdown()
    #expect(bench.endedGetters == [1])
    #expect(bench.isRefused { try $0.putNow(1) })
    let isIn = bench.tryPut(1)
    #expect(!isIn)
    #expect(bench.isRefused { try $0.getNow() })

    var full = Bench(maxSize: 1)
    _ = try full.putNow(1)
    try full.waitToPut(2, 2)
    full.shutdown()
    #expect(full.endedPutters == [2])
    let item = try full.getNow()
    #expect(item == 1)
    #expect(full.isRefused { try $0.getNow() })
  }

  @Test func `An immediate shutdown drops the items and frees the join`() throws {
    var bench = Bench(maxSize: 0)
    _ = try bench.putNow(1)
    _ = try bench.putNow(2)
    _ = try bench.getNow()
    try bench.waitToJoin(1)
    bench.shutdown(immediate: true)
    #expect(bench.joined == [1])
    #expect(bench.state.buffer.count == 0)
    #expect(bench.state.unfinished == 0)
    bench.taskDone()
    bench.putBack(1)
    #expect(bench.state.unfinished == 0)
    #expect(bench.state.buffer.count == 0)
  }

  @Test func `Immediate after ordinary shutdown drops what was left`() throws {
    var bench = Bench(maxSize: 0)
    _ = try bench.putNow(1)
    bench.shutdown()
    bench.shutdown(immediate: true)
    #expect(bench.isRefused { try $0.getNow() })
    #expect(bench.state.unfinished == 0)
  }

  @Test func `An item that comes back after shutdown can still be taken`() throws {
    var bench = Bench(maxSize: 0)
    try bench.waitToGet(1)
    _ = try bench.putNow(10)
    bench.shutdown()
    bench.putBack(10)
    let item = try bench.getNow()
    #expect(item == 10)
  }
}

@Suite struct QueueBufferTests {
  @Test func `The order of each buffer`() {
    #expect(Self.order(FIFOBuffer<Int>(), [2, 3, 1]) == [2, 3, 1])
    #expect(Self.order(LIFOBuffer<Int>(), [2, 3, 1]) == [1, 3, 2])
    #expect(Self.order(PriorityBuffer<Int>(), [2, 3, 1]) == [1, 2, 3])
  }

  @Test func `What is put back leaves next`() {
    #expect(Self.returned(FIFOBuffer<Int>()) == [1, 2, 3])
    #expect(Self.returned(LIFOBuffer<Int>()) == [3, 2, 1])
    #expect(Self.returned(PriorityBuffer<Int>()) == [1, 2, 3])
  }

  @Test func `Taking all leaves an empty buffer that goes on working`() {
    var buffer = FIFOBuffer<Int>()
    buffer.insert(Queued(element: 1, arrival: 0))
    var all = buffer.takeAll()
    let item = all.removeNext()
    #expect(item?.element == 1)
    #expect(buffer.count == 0)
    #expect(buffer.next == nil)
    buffer.insert(Queued(element: 2, arrival: 1))
    #expect(buffer.next == 2)
  }

  private static func order(_ buffer: some QueueBuffer<Int>, _ items: [Int]) -> [Int] {
    var buffer = buffer
    fill(&buffer, items)
    return drain(&buffer)
  }

  private static func returned(_ buffer: some QueueBuffer<Int>) -> [Int] {
    var buffer = buffer
    fill(&buffer, Array(1...3))
    if let item = buffer.removeNext() { buffer.putBack(item) }
    return drain(&buffer)
  }

  private static func drain(_ buffer: inout some QueueBuffer<Int>) -> [Int] {
    var items: [Int] = []
    while let item = buffer.removeNext() { items.append(item.element) }
    return items
  }

  private static func fill(_ buffer: inout some QueueBuffer<Int>, _ items: [Int]) {
    for (arrival, item) in items.enumerated() {
      buffer.insert(Queued(element: item, arrival: UInt64(arrival)))
    }
  }
}

/// A queue's bookkeeping, and a note of whom it has woken with what.
private struct Bench {
  typealias State = QueueState<FIFOBuffer<Int>, Int, Int, Int>

  var state: State
  var served: [Int: Int] = [:]
  private var given: [Int: Queued<Int>] = [:]
  var endedGetters: [Int] = []
  var admitted: [Int] = []
  var endedPutters: [Int] = []
  var joined: [Int] = []

  init(maxSize: Int) { state = State(FIFOBuffer(), maxSize: maxSize) }

  /// Whether a call fails because the queue is shut down: on a copy, which is dropped.
  func isRefused<Result>(_ call: (inout Bench) throws -> Result) -> Bool {
    var copy = self
    do { _ = try call(&copy) } catch { return error is QueueShutDownError }
    return false
  }

  /// False when the queue is full.
  mutating func putNow(_ item: Int) throws -> Bool {
    var woken: State.GetterWakeup?
    defer { note(woken) }
    return try state.put(item, &woken)
  }

  @discardableResult
  mutating func waitToPut(_ putter: Int, _ item: Int) throws -> State.Putters.Ticket {
    var woken: State.GetterWakeup?
    defer { note(woken) }
    let place = try state.put(item, &woken, orEnter: putter)
    return try #require(place)
  }

  /// Nil when there is no item.
  mutating func getNow() throws -> Int? {
    var woken: State.PutterWakeup?
    defer { note(woken) }
    return try state.get(&woken)?.value
  }

  mutating func waitToGet(_ getter: Int) throws {
    var item: UncheckedSendable<Int>?
    var woken: State.PutterWakeup?
    defer { note(woken) }
    let place = try state.get(&item, &woken, orEnter: getter)
    _ = try #require(place)
  }

  mutating func waitToJoin(_ joiner: Int) throws {
    let place = state.join(joiner)
    _ = try #require(place)
  }

  mutating func tryPut(_ item: Int) -> Bool {
    var woken: State.GetterWakeup?
    defer { note(woken) }
    return state.tryPut(item, &woken)
  }

  mutating func tryGet() -> Int? {
    var woken: State.PutterWakeup?
    defer { note(woken) }
    return state.tryGet(&woken)
  }

  /// Puts back what a getter was given.
  mutating func putBack(_ item: Int) {
    guard let queued = given[item] else { return }
    note { $0.putBack(queued, &$1) }
  }
  mutating func taskDone() { joined += state.taskDone().map(\.waiter) }
  mutating func shutdown(immediate: Bool = false) {
    note { $0.shutdown(immediate: immediate, &$1) }
  }

  private mutating func note(_ body: (inout State, inout State.Deliveries) -> Void) {
    var deliveries = State.Deliveries()
    body(&state, &deliveries)
    for wakeup in deliveries.getters { note(wakeup) }
    for wakeup in deliveries.putters { note(wakeup) }
    joined += deliveries.joiners.map(\.waiter)
  }

  private mutating func note(_ wakeup: State.GetterWakeup?) {
    guard let wakeup else { return }
    if case .granted(.item(let item)) = wakeup.outcome {
      served[wakeup.waiter] = item.element
      given[item.element] = item
    } else {
      endedGetters.append(wakeup.waiter)
    }
  }

  private mutating func note(_ wakeup: State.PutterWakeup?) {
    guard let wakeup else { return }
    if case .granted(.admitted) = wakeup.outcome {
      admitted.append(wakeup.waiter)
    } else {
      endedPutters.append(wakeup.waiter)
    }
  }
}
