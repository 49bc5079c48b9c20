// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// What the lock workload needs of a lock.
public protocol MutualExclusion: Sendable {
  /// Takes the lock, waiting in line.
  func lock() async throws
  /// Gives it to the first in line.
  func unlock()
  /// Takes it if it is free.
  func tryLock() -> Bool
  /// Whether somebody holds it.
  var isLocked: Bool { get }
  /// How many wait.
  var waiting: Int { get }
}

extension AsyncLock: MutualExclusion {
  /// The tasks in line.
  public var waiting: Int { statistics.waiting }
}

/// Tasks that take a lock in every way, and are cancelled in line and at the moment of the grant.
///
/// Never two hold it; it is free in the end; who waits is served in the order of the line.
public struct LockWorkload: Workload {
  /// What it is called.
  public let name = "lock"
  private let makeLock: @Sendable () -> any MutualExclusion

  /// Makes the workload for locks of another kind.
  public init(_ makeLock: @escaping @Sendable () -> any MutualExclusion = { AsyncLock() }) {
    self.makeLock = makeLock
  }

  /// Runs a round.
  public func run(_ round: Round) async throws {
    try await storm(round)
    try await lines(round)
  }

  private func storm(_ round: Round) async throws {
    let lock = makeLock()
    let section = CriticalSection(round)
    try await round.lanes(8) { lane in
      for _ in 0..<lane.share(of: 8) {
        let pauses = lane.random.below(3)
        if lane.random.chance(20) {
          if lock.tryLock() {
            defer { lock.unlock() }
            try await section.run(pauses: pauses)
          }
          round.progress.add(1)
        } else {
          _ = try await lane.attempt {
            try await lock.lock()
            defer { lock.unlock() }
            try await section.run(pauses: pauses)
          }
        }
      }
    }
    try round.check(!lock.isLocked, "the lock is held in the end, by nobody")
    try round.check(lock.waiting == 0, "\(lock.waiting) tasks are in line in the end")
    try section.checkSum()
  }

  private func lines(_ round: Round) async throws {
    try await round.lanes(2) { lane in
      for _ in 0..<max(1, round.operations / 1_000) {
        let lock = makeLock()
        let served = Counter()
        try await lock.lock()
        try await lane.line("lock", 16, waiting: { lock.waiting }) {
          try await lock.lock()
          defer { lock.unlock() }
          return served.add(1)
        } serve: { _ in
          lock.unlock()
        }
        try round.check(!lock.isLocked, "the lock is held when all have been served")
      }
    }
  }
}

/// Code that one task at a time may be in.
///
/// Unchecked: `visits` belongs to who is inside; ThreadSanitizer sees it if that is not so.
final class CriticalSection: @unchecked Sendable {
  private let round: Round
  private let inside = Counter()
  private let entries = Counter()
  private var visits = 0

  init(_ round: Round) { self.round = round }

  func run(pauses: Int) async throws {
    let count = inside.add(1)
    defer { inside.add(-1) }
    try round.check(count == 1, "\(count) tasks held the lock at once")
    entries.add(1)
    let before = visits
    for _ in 0..<pauses { await Task.yield() }
    visits = before + 1
  }

  /// Once nobody is inside.
  func checkSum() throws {
    try round.check(
      visits == entries.value, "\(entries.value) visits under the lock added up to \(visits)")
  }
}
