// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// What the semaphore workload needs of a semaphore.
public protocol PermitSource: Sendable {
  /// Takes permits, waiting in line.
  func acquire(count: Int) async throws
  /// Gives permits back.
  func release(count: Int)
  /// Takes permits if they are free.
  func tryAcquire(count: Int) -> Bool
  /// Changes the number of permits.
  func resize(to permits: Int)
  /// The permits nobody holds.
  var availablePermits: Int { get }
  /// How many wait.
  var waiting: Int { get }
}

extension AsyncSemaphore: PermitSource {
  /// The tasks in line.
  public var waiting: Int { statistics.waiting }
}

/// Tasks that take one or more permits of a semaphore that grows and shrinks meanwhile.
///
/// Never more are held than there are; all are back in the end; who waits is served in the order of
/// the line.
public struct SemaphoreWorkload: Workload {
  /// What it is called.
  public let name = "semaphore"
  private let makeSemaphore: @Sendable (_ permits: Int) -> any PermitSource

  /// Makes the workload for semaphores of another kind.
  public init(
    _ makeSemaphore: @escaping @Sendable (_ permits: Int) -> any PermitSource = {
      AsyncSemaphore(permits: $0)
    }
  ) {
    self.makeSemaphore = makeSemaphore
  }

  /// Runs a round.
  public func run(_ round: Round) async throws {
    try await storm(round)
    try await lines(round)
  }

  private func storm(_ round: Round) async throws {
    let permits = 1 + Int(round.seed % 4)
    let most = permits + 2
    let semaphore = makeSemaphore(permits)
    let held = Counter()
    try await round.lanes(8) { lane in
      for _ in 0..<lane.share(of: 8) {
        let (count, pauses) = (1 + lane.random.below(permits), lane.random.below(3))
        if lane.index == 0, lane.random.chance(10) {
          semaphore.resize(to: permits + lane.random.below(3))
        }
        if lane.random.chance(20) {
          if semaphore.tryAcquire(count: count) {
            defer { semaphore.release(count: count) }
            try await hold(count, of: most, pauses, held, round)
          }
          round.progress.add(1)
        } else {
          _ = try await lane.attempt {
            try await semaphore.acquire(count: count)
            defer { semaphore.release(count: count) }
            try await hold(count, of: most, pauses, held, round)
          }
        }
      }
    }
    semaphore.resize(to: permits)
    let left = semaphore.availablePermits
    try round.check(left == permits, "\(left) of \(permits) permits are free in the end")
    let waiting = semaphore.waiting
    try round.check(waiting == 0, "\(waiting) tasks are in line in the end")
  }

  private func hold(
    _ count: Int, of most: Int, _ pauses: Int, _ held: Counter, _ round: Round
  ) async throws {
    let sum = held.add(count)
    defer { held.add(-count) }
    try round.check(sum <= most, "\(sum) permits were held at once; there are \(most) at most")
    for _ in 0..<pauses { await Task.yield() }
  }

  private func lines(_ round: Round) async throws {
    try await round.lanes(2) { lane in
      for _ in 0..<max(1, round.operations / 1_000) {
        let semaphore = makeSemaphore(3)
        let served = Counter()
        try await semaphore.acquire(count: 3)
        // Each asks for all, so that one is served at a time.
        try await lane.line("semaphore", 16, waiting: { semaphore.waiting }) {
          try await semaphore.acquire(count: 3)
          defer { semaphore.release(count: 3) }
          return served.add(1)
        } serve: { _ in
          semaphore.release(count: 3)
        }
        try round.check(
          semaphore.availablePermits == 3, "permits are missing when all have been served")
      }
    }
  }
}
