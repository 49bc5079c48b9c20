// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// The three queues, as the matrix uses them.
protocol MatrixQueue: Sendable {
  func put(_ item: sending Int) async throws
  func get() async throws -> sending Int
  func tryPut(_ item: sending Int) -> Bool
  func tryGet() -> sending Int?
  func shutdown(immediate: Bool)
  var statistics: QueueStatistics { get }
}

extension OrderedQueue: MatrixQueue where Buffer.Element == Int {}

/// An empty queue; a grant puts an item.
struct GetState<Queue: MatrixQueue>: MatrixState {
  private let queue: Queue
  private let put = Log<Int>()
  private let got = Log<Int>()

  init(_ queue: Queue) { self.queue = queue }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    got.record(try await queue.get())
    served()
  }

  func grant() {
    let item = put.entries.count
    if queue.tryPut(item) { put.record(item) }
  }

  func shutDown() -> Bool {
    queue.shutdown(immediate: false)
    return true
  }

  func finish() {
    for _ in 0..<queue.statistics.waitingGetters { grant() }
  }

  func mustServe(grants: Int, undisturbed: Int) -> Int { min(grants, undisturbed) }

  func check(served: [Int]) throws {
    var items = got.entries
    while let left = queue.tryGet() { items.append(left) }
    try require(
      items.sorted() == put.entries, "put \(put.entries), got \(got.entries), in all \(items)")
    try require(queue.statistics.waitingGetters == 0, "somebody waits in the end")
  }
}

/// A full queue; a grant takes an item out.
struct PutState<Queue: MatrixQueue>: MatrixState {
  /// Larger than all others, so that it is last where the order is by size.
  private static var first: Int { 1000 }
  private let queue: Queue
  private let got = Log<Int>()

  init(_ queue: Queue) {
    self.queue = queue
    _ = queue.tryPut(Self.first)
  }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await queue.put(number)
    served()
  }

  func grant() {
    if let item = queue.tryGet() { got.record(item) }
  }

  func shutDown() -> Bool {
    queue.shutdown(immediate: false)
    return true
  }

  func finish() {
    // Each item that leaves lets the next one in.
    while let item = queue.tryGet() { got.record(item) }
  }

  func mustServe(grants: Int, undisturbed: Int) -> Int { min(grants, undisturbed) }

  func check(served: [Int]) throws {
    while let item = queue.tryGet() { got.record(item) }
    try require(
      got.entries.sorted() == (served + [Self.first]).sorted(),
      "\(served) have put their items, out came \(got.entries)")
    let inTurn = got.entries.filter { $0 != Self.first && $0 != MatrixRun.victim }
    try require(inTurn == inTurn.sorted(), "let in out of order: \(got.entries)")
    try require(queue.statistics.waitingPutters == 0, "somebody waits in the end")
  }
}

/// A queue with an item that is not done; a grant says that it is.
struct JoinState: MatrixState {
  private let queue = AsyncQueue<Int>()

  init() {
    _ = queue.tryPut(1)
    _ = queue.tryGet()
  }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await queue.join()
    served()
  }

  func grant() {
    if queue.unfinished > 0 { queue.taskDone() }
  }

  func shutDown() -> Bool {
    queue.shutdown(immediate: true)
    return true
  }

  func finish() { grant() }

  func check(served: [Int]) throws {
    try require(queue.unfinished == 0, "\(queue.unfinished) items are not done in the end")
    try require(Set(served).count == served.count, "woken twice: \(served)")
  }
}

/// Work that ends when a gate opens, which is the grant: for what runs other tasks.
struct GateState: MatrixState {
  private let gate = AsyncEvent()
  private let work: @Sendable (AsyncEvent) async throws -> Void

  init(_ work: @escaping @Sendable (AsyncEvent) async throws -> Void) { self.work = work }

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await work(gate)
    served()
  }

  func grant() { gate.set() }
  func finish() { gate.set() }

  func check(served: [Int]) throws {
    try require(gate.waiting == 0, "\(gate.waiting) wait at an open gate")
    try require(Set(served).count == served.count, "ended twice: \(served)")
  }
}
