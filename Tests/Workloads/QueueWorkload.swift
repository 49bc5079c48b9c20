// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// What the queue workload needs of a queue.
public protocol ItemQueue: Sendable {
  /// Puts an item in, waiting for room.
  func put(_ item: QueueItem) async throws
  /// Takes an item, waiting for one.
  func get() async throws -> QueueItem
  /// Puts an item in if there is room.
  func tryPut(_ item: QueueItem) -> Bool
  /// Takes an item if there is one.
  func tryGet() -> QueueItem?
  /// Reports an item done.
  func taskDone()
  /// Waits until all are done.
  func join() async throws
  /// Ends the queue.
  func shutdown(immediate: Bool)
  /// How it stands.
  var statistics: QueueStatistics { get }
}

/// Something to put into a queue.
public struct QueueItem: Sendable, Comparable {
  let producer: Int
  let number: Int
  let priority: Int
  let token: Token

  /// Whether the items have the same priority.
  public static func == (left: QueueItem, right: QueueItem) -> Bool {
    left.priority == right.priority
  }

  /// Whether the first item goes before the second.
  public static func < (left: QueueItem, right: QueueItem) -> Bool {
    left.priority < right.priority
  }
}

extension AsyncQueue: ItemQueue where Element == QueueItem {}
extension AsyncPriorityQueue: ItemQueue where Element == QueueItem {}
extension AsyncLIFOQueue: ItemQueue where Element == QueueItem {}

/// Producers and consumers of a queue, bounded or not, that is shut down in the end.
///
/// Every item that was put is taken once; after an immediate shutdown at most once. What one
/// producer put is taken in order by a consumer that is alone, from a queue that is FIFO. `join`
/// returns when all is done.
public struct QueueWorkload: Workload {
  /// The order in which a queue gives its items.
  public enum Kind: String, Sendable {
    /// The one that was put first.
    case fifo
    /// The one with the least priority value.
    case priority
    /// The one that was put last.
    case lifo
  }

  /// What it is called.
  public var name: String { "\(kind)-queue" }

  let kind: Kind
  let makeQueue: @Sendable (_ maxSize: Int) -> any ItemQueue

  /// Makes the workload for one kind of queue.
  public init(_ kind: Kind) {
    self.init(kind) { maxSize in
      switch kind {
      case .fifo: AsyncQueue<QueueItem>(maxSize: maxSize)
      case .priority: AsyncPriorityQueue<QueueItem>(maxSize: maxSize)
      case .lifo: AsyncLIFOQueue<QueueItem>(maxSize: maxSize)
      }
    }
  }

  /// Makes the workload for queues of another make.
  public init(_ kind: Kind, _ makeQueue: @escaping @Sendable (_ maxSize: Int) -> any ItemQueue) {
    self.kind = kind
    self.makeQueue = makeQueue
  }

  /// Runs a round.
  public func run(_ round: Round) async throws {
    var random = SeededGenerator(seed: round.seed)
    for stage in 0..<4 {
      let settings = Stage(
        queue: makeQueue(random.below(3) * random.below(5)), producers: 4,
        consumers: stage % 2 == 0 ? 4 : 1, endsAtOnce: stage == 2, round: round)
      try await run(settings)
    }
    try await lines(round)
  }

  private struct Stage: Sendable {
    let queue: any ItemQueue
    let producers: Int
    let consumers: Int
    let endsAtOnce: Bool
    let round: Round
    let put = Counter()
    let taken = Locked([QueueItem]())
    var lanes: Int { producers + consumers }
  }

  private func run(_ stage: Stage) async throws {
    let (round, queue) = (stage.round, stage.queue)
    let working = Counter(stage.producers)
    try await round.lanes(stage.lanes) { lane in
      if lane.index < stage.producers {
        try await produce(lane, stage)
        guard working.add(-1) == 0 else { return }
        if stage.endsAtOnce {
          queue.shutdown(immediate: true)
        } else {
          // Returns when the consumers have reported the last item done.
          try await queue.join()
          queue.shutdown(immediate: false)
        }
      } else {
        try await consume(lane, stage)
      }
    }
    try checkItems(stage)
    let end = queue.statistics
    try round.check(
      end.count == 0 && end.unfinished == 0 && end.waitingGetters == 0 && end.waitingPutters == 0,
      "in the end the queue has \(end)")
    stage.taken.withLock { $0.removeAll() }
  }

  private func produce(_ lane: Lane, _ stage: Stage) async throws {
    let (round, queue) = (stage.round, stage.queue)
    for number in 0..<lane.share(of: stage.producers * 8) {
      let item = QueueItem(
        producer: lane.index, number: number, priority: lane.random.below(5),
        token: round.tokens.token())
      if lane.random.chance(20) {
        if queue.tryPut(item) { stage.put.add(1) }
        round.progress.add(1)
      } else if try await lane.attempt({ try await queue.put(item) }) != nil {
        stage.put.add(1)
      }
    }
  }

  private func consume(_ lane: Lane, _ stage: Stage) async throws {
    let (round, queue) = (stage.round, stage.queue)
    func note(_ item: QueueItem) {
      stage.taken.withLock { $0.append(item) }
      queue.taskDone()
    }
    while true {
      if lane.random.chance(20) {
        if let item = queue.tryGet() { note(item) }
        round.progress.add(1)
        await lane.pause()
        continue
      }
      do {
        if let item = try await lane.attempt({ try await queue.get() }) { note(item) }
      } catch is QueueShutDownError {
        return
      }
    }
  }

  private func checkItems(_ stage: Stage) throws {
    let round = stage.round
    let items = stage.taken.withLock { $0 }
    try round.check(
      stage.endsAtOnce ? items.count <= stage.put.value : items.count == stage.put.value,
      "\(stage.put.value) items were put and \(items.count) taken")
    var seen = Set<[Int]>()
    for item in items {
      try round.check(
        seen.insert([item.producer, item.number]).inserted,
        "item \(item.number) of producer \(item.producer) was taken twice")
    }
    guard kind == .fifo, stage.consumers == 1 else { return }
    var next: [Int: Int] = [:]
    for item in items {
      try round.check(
        item.number >= next[item.producer, default: 0],
        "item \(item.number) of producer \(item.producer) was overtaken")
      next[item.producer] = item.number + 1
    }
  }
}
