// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// `gather`, `gatherResults`, `race` and `asCompleted` over children that return, fail and sleep,
/// and callers that are cancelled.
///
/// Results are at the places of their inputs; no child outlives its call; no more run than the
/// limit says; the error that is thrown is a child's.
public struct GatherWorkload: Workload {
  /// What it is called.
  public let name = "gather"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    let lanes = 6
    try await round.lanes(lanes) { lane in
      var budget = lane.share(of: lanes)
      while budget > 0 {
        let call = Call(&lane.random, round)
        budget -= call.behaviours.count + 1
        _ = try await lane.attempt { try await call.run() }
        round.progress.add(call.behaviours.count)
      }
    }
  }
}

/// One call and its children.
private struct Call: Sendable {
  enum Verb: Int, CaseIterable {
    case gather, gatherResults, race, asCompleted, variadic
  }

  let verb: Verb
  let limit: Int?
  let behaviours: [Behaviour]
  let leavesEarly: Bool
  let round: Round
  private let work: Children

  init(_ random: inout SeededGenerator, _ round: Round) {
    self.round = round
    verb = Verb(rawValue: random.below(Verb.allCases.count)) ?? .gather
    limit = [.race, .variadic].contains(verb) || random.chance(50) ? nil : 1 + random.below(4)
    leavesEarly = random.chance(20)
    let count = [.race, .variadic].contains(verb) ? 3 : random.below(10)
    let failing = random.chance(30) && count > 0 ? random.below(count) : nil
    let succeeding = verb == .race ? random.below(3) : nil
    behaviours = (0..<count).map { number in
      if number == succeeding { return .yields(random.below(3)) }
      if number == failing { return .fails(after: random.below(3)) }
      // With a limit, the one that fails might never begin.
      let isDoomed =
        succeeding != nil || failing != nil && limit == nil && verb != .gatherResults
      return .random(&random, isDoomed: isDoomed)
    }
    work = Children(round, limit: limit)
  }

  func run() async throws {
    do {
      try await perform()
      try work.checkEnd("\(verb)")
    } catch let failure as Failure {
      try work.checkEnd("\(verb)")
      let failures = work.failures.withLock { $0 }
      try round.check(
        failures.contains(failure.number), "\(verb) threw \(failure), there were \(failures)")
    } catch is CancellationError {
      try work.checkEnd("\(verb)")
      throw CancellationError()
    }
  }

  private func perform() async throws {
    let token = round.tokens.token()
    let child: @Sendable (Int) async throws -> Int = { [work, behaviours] number in
      defer { withExtendedLifetime(token) {} }
      return try await work.run(number, behaviours[number])
    }
    let numbers = Array(behaviours.indices)
    switch verb {
    case .gather:
      let values = try await gather(numbers, limit: limit, child)
      try round.check(values == numbers, "gather returned \(values) for \(numbers)")
    case .gatherResults:
      try checkResults(await gatherResults(numbers, limit: limit, child))
    case .race:
      let winner = try await race(
        { try await child(0) }, { try await child(1) }, { try await child(2) })
      try round.check(numbers.contains(winner), "race returned \(winner)")
    case .asCompleted:
      try await iterate(numbers, child)
    case .variadic:
      let values = try await gather(
        { try await child(0) }, { "\(try await child(1))" }, { try await child(2) })
      try round.check(values == (0, "1", 2), "gather returned \(values)")
    }
  }

  private func checkResults(_ results: [Result<Int, any Error>]) throws {
    try round.check(
      results.count == behaviours.count, "\(results.count) results of \(behaviours.count) children")
    for (number, result) in results.enumerated() {
      switch result {
      case .success(let value):
        try round.check(value == number, "the result of child \(number) is \(value)")
      case .failure(let failure as Failure):
        try round.check(failure.number == number, "the error of child \(number) is \(failure)")
      case .failure(is CancellationError): break
      case .failure(let error): throw error
      }
    }
  }

  private func iterate(
    _ numbers: [Int], _ child: @escaping @Sendable (Int) async throws -> Int
  ) async throws {
    var seen = Set<Int>()
    for try await (index, value) in asCompleted(numbers, limit: limit, child) {
      try round.check(
        index == value && seen.insert(index).inserted, "asCompleted gave \(value) for \(index)")
      if leavesEarly { break }
    }
    if leavesEarly {
      // The rest is cancelled and ends by itself; the tokens tell whether it does.
      await untilIdle()
    } else {
      try round.check(seen.count == numbers.count, "asCompleted gave \(seen) of \(numbers)")
    }
  }

  private func untilIdle() async {
    while (try? work.checkEnd("")) == nil { await Task.yield() }
  }
}
