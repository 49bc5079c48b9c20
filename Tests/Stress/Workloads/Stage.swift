// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Synchronization

/// Where the workers of a workload run.
public enum Stage: String, CaseIterable, Sendable {
  /// On the threads of the language's own executor.
  case standard
  /// On several loops at once, each on a thread of its own.
  case loops

  static let loopCount = 3

  /// Runs `workers` workers to their end, and throws the first error of one.
  func run(
    workers: Int, _ body: @escaping @Sendable (_ worker: Int) async throws -> Void
  ) async throws {
    switch self {
    case .standard:
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<workers { group.addTask { try await body(worker) } }
        try await group.waitForAll()
      }
    case .loops:
      let results = await withTaskGroup(of: Result<Void, any Error>.self) { group in
        for loop in 0..<Self.loopCount {
          group.addTask {
            await onThread {
              try EventLoop.run(.init(name: "stress \(loop)", mode: .scoped)) {
                let mine = (0..<workers).filter { $0 % Self.loopCount == loop }
                // What the others keep is as good as a timer: a loop alone sees no hope in it.
                let hold = EventLoop.current?.hold()
                defer { hold?.release() }
                try await gather(mine) { worker in try await body(worker) }
              }
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      for result in results { try result.get() }
    }
  }
}

/// Runs `body` on a new thread.
private func onThread(_ body: @escaping @Sendable () throws -> Void) async -> Result<
  Void, any Error
> {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: Result { try body() }) }
  }
}

/// The numbers of one run: the same seed gives the same numbers, on every machine.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Makes the numbers of one worker of a run.
  public init(seed: UInt64, stream: Int = 0) {
    state = seed &+ UInt64(truncatingIfNeeded: stream) &* 0xD134_2543_DE82_EF95
  }

  /// The next number.
  public mutating func next() -> UInt64 {
    // SplitMix64, by Sebastiano Vigna.
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// A number that many threads change.
final class Counter: Sendable {
  private let count: Atomic<Int>
  private let peak = Atomic(0)
  init(_ value: Int = 0) { count = Atomic(value) }

  var value: Int { count.load(ordering: .acquiring) }
  /// The largest value there was after an `add`.
  var largest: Int { peak.load(ordering: .acquiring) }

  @discardableResult
  func add(_ amount: Int = 1) -> Int {
    let now = count.wrappingAdd(amount, ordering: .acquiringAndReleasing).newValue
    var seen = peak.load(ordering: .relaxed)
    while seen < now {
      let (done, current) = peak.compareExchange(
        expected: seen, desired: now, ordering: .acquiringAndReleasing)
      if done { break }
      seen = current
    }
    return now
  }
}
