// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// What a child does, for the workloads that start many of them.
enum Behaviour: Sendable {
  case returns
  case yields(Int)
  case sleeps(microseconds: Int)
  /// Until it is cancelled: for families that certainly will be.
  case sleepsForEver
  case fails(after: Int)

  /// - `isDoomed`: Something else cancels this child for certain.
  static func random(_ random: inout SeededGenerator, isDoomed: Bool) -> Behaviour {
    switch random.below(10) {
    case 0...3: .returns
    case 4...6: .yields(random.below(4))
    case 7: .sleeps(microseconds: random.below(300))
    default: isDoomed ? .sleepsForEver : .yields(1)
    }
  }
}

/// The error of a child that fails.
struct Failure: Error, Hashable {
  let number: Int
}

/// What the children of one call do, and how many run.
final class Children: Sendable {
  let round: Round
  let failures = Locked<Set<Int>>([])
  private let limit: Int?
  private let running = Counter()

  init(_ round: Round, limit: Int?) {
    self.round = round
    self.limit = limit
  }

  /// Runs a child, which fails with its number if it does.
  func run(_ number: Int, _ behaviour: Behaviour, _ more: () async throws -> Void = {}) async throws
    -> Int
  {
    let count = running.add(1)
    defer { running.add(-1) }
    try round.check(count <= limit ?? .max, "\(count) children ran at once; the limit is \(limit ?? 0)")
    switch behaviour {
    case .returns: break
    case .yields(let times): for _ in 0..<times { await Task.yield() }
    case .sleeps(let microseconds): try await sleep(for: .microseconds(microseconds))
    case .sleepsForEver: try await sleep(for: .seconds(1_000_000))
    case .fails(let pauses):
      for _ in 0..<pauses { await Task.yield() }
      throw noteFailure(number)
    }
    try await more()
    return number
  }

  func noteFailure(_ number: Int) -> Failure {
    failures.withLock { _ = $0.insert(number) }
    return Failure(number: number)
  }

  /// Once the call that started the children has ended.
  func checkEnd(_ what: String) throws {
    try round.check(running.value == 0, "\(running.value) children have outlived their \(what)")
  }
}
