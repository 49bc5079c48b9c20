// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

extension QueueWorkload {
  /// The lines of a queue are served in order, and its items come in the order of its kind.
  func lines(_ round: Round) async throws {
    try await round.lanes(2) { lane in
      for _ in 0..<max(1, round.operations / 4_000) {
        try await getters(lane)
        try await putters(lane)
        try await items(lane)
      }
    }
  }

  private func item(_ number: Int, priority: Int = 0, _ round: Round) -> QueueItem {
    QueueItem(producer: 0, number: number, priority: priority, token: round.tokens.token())
  }

  /// Who waits for an item gets one in his turn.
  private func getters(_ lane: Lane) async throws {
    let (round, queue) = (lane.round, makeQueue(0))
    try await lane.line("get", 12, waiting: { queue.statistics.waitingGetters }) {
      try await queue.get().number
    } serve: { count in
      for number in 0..<count { try await queue.put(item(number, round)) }
    }
    try round.check(queue.statistics.count == 0, "an item is left when all have been served")
  }

  /// Who waits for room comes in in his turn.
  private func putters(_ lane: Lane) async throws {
    let (round, queue) = (lane.round, makeQueue(1))
    try await queue.put(item(0, round))
    let admitted = Counter()
    try await lane.line("put", 12, waiting: { queue.statistics.waitingPutters }) {
      let item = self.item(0, round)
      try await queue.put(item)
      return admitted.add(1)
    } serve: { count in
      for number in 0..<count {
        _ = try await queue.get()
        // The queue is full again, and the next in line only comes in with the next `get`.
        await lane.until { admitted.value == number + 1 }
      }
    }
    try round.check(queue.statistics.count == 1, "items are missing when all have been served")
    _ = queue.tryGet()
  }

  private func items(_ lane: Lane) async throws {
    let (round, queue) = (lane.round, makeQueue(0))
    let items = (0..<40).map { item($0, priority: lane.random.below(5), round) }
    for item in items { try await queue.put(item) }
    var numbers: [Int] = []
    while let item = queue.tryGet() { numbers.append(item.number) }
    let expected: [Int] =
      switch kind {
      case .fifo: items.map(\.number)
      case .lifo: items.reversed().map(\.number)
      case .priority:
        items.sorted { ($0.priority, $0.number) < ($1.priority, $1.number) }.map(\.number)
      }
    try round.check(numbers == expected, "items came as \(numbers), expected \(expected)")
    round.progress.add(items.count)
  }
}
