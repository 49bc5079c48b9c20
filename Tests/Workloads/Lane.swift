// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// One of the tasks that run the operations of a round, with random choices of its own.
final class Lane {
  let round: Round
  let index: Int
  var random: SeededGenerator

  init(_ round: Round, _ index: Int) {
    self.round = round
    self.index = index
    random = SeededGenerator(seed: round.seed, branch: index)
  }

  /// The lane's share of the operations of the round.
  func share(of lanes: Int) -> Int { max(1, round.operations / lanes) }

  /// Lets others run, a few times or not at all.
  func pause() async {
    for _ in 0..<random.below(3) { await Task.yield() }
  }

  /// Starts a task in a random way; the token in its closure tells when that is gone.
  func spawn<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) -> Task<Value, any Error> {
    let token = round.tokens.token()
    return round.place.spawn(random.below(1 << 16)) {
      defer { withExtendedLifetime(token) {} }
      return try await work()
    }
  }

  /// Runs `work` as a task that is cancelled in some cases: at once, a little later, or from
  /// another thread.
  ///
  /// Returns nil when it was cancelled and threw `CancellationError`.
  func attempt<Value: Sendable>(
    cancelling percent: Int = 30, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    let task = spawn(work)
    let isCancelled = random.chance(percent)
    if isCancelled { await cancel(task) }
    defer { round.progress.add(1) }
    do {
      return try await task.value
    } catch is CancellationError {
      try round.check(isCancelled, "an operation that nobody had cancelled was cancelled")
      return nil
    }
  }

  private func cancel<Value>(_ task: Task<Value, any Error>) async {
    switch random.below(3) {
    case 0:
      task.cancel()
    case 1:
      await pause()
      task.cancel()
    default:
      let delay = random.below(200)
      Task.detached {
        for _ in 0..<delay { _ = task.isCancelled }
        task.cancel()
      }
    }
  }

  /// Waits until another task has made `condition` true.
  func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  /// Lines tasks up one after the other, cancels some of them, and has the rest served: they must
  /// come in the order of the line.
  ///
  /// - `waiting`: How long the line is.
  /// - `wait`: Stands in line, and returns a number that is higher the later it was served.
  /// - `serve`: Serves the first so many.
  func line(
    _ what: String, _ count: Int, waiting: @Sendable () -> Int,
    wait: @escaping @Sendable () async throws -> Int, serve: (_ count: Int) async throws -> Void
  ) async throws {
    var tasks: [Task<Int, any Error>] = []
    for place in 1...count {
      tasks.append(spawn(wait))
      await until { waiting() == place }
    }
    var remaining: [Task<Int, any Error>] = []
    for task in tasks {
      guard random.chance(40) else {
        remaining.append(task)
        continue
      }
      task.cancel()
      let result = await task.result
      guard case .failure(let error) = result, error is CancellationError else {
        return try round.check(false, "\(what): a cancelled task in line ended with \(result)")
      }
    }
    try round.check(
      waiting() == remaining.count,
      "\(what): \(waiting()) tasks in line, expected \(remaining.count)")
    try await serve(remaining.count)
    var order: [Int] = []
    for task in remaining { order.append(try await task.value) }
    try round.check(
      zip(order, order.dropFirst()).allSatisfy(<), "\(what): served in the order \(order)")
    round.progress.add(count)
  }
}
