// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import Foundation

/// Loops that are started and ended, with tasks left behind, on threads that come and go.
///
/// Each run returns its value, and everything it left behind has ended by then.
public struct RunWorkload: Workload {
  /// What it is called.
  public let name = "run"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    var random = SeededGenerator(seed: round.seed)
    for number in 0..<max(1, round.operations / 200) {
      let (sleepers, children) = (random.below(20), random.below(20))
      let end = Delivery<Int>()
      let alive = LiveCount()
      Thread.detachNewThread {
        end.leave(Result { try Self.runLoop(number, sleepers, children, alive) })
      }
      let value = try await end.value()
      try round.check(value == number, "run \(number) returned \(value)")
      // The thread lets go of the last of it after it has given the value.
      for _ in 0..<10_000 where alive.value > 0 { try await Task.sleep(for: .milliseconds(1)) }
      try round.check(alive.value == 0, "\(alive.value) tasks have outlived their run")
      round.progress.add(sleepers + children + 1)
    }
  }

  private static func runLoop(
    _ number: Int, _ sleepers: Int, _ children: Int, _ alive: LiveCount
  ) throws -> Int {
    let configuration = EventLoop.Configuration(
      name: "brief", mode: .scoped, slowStepThreshold: .zero)
    return try EventLoop.run(configuration) {
      for _ in 0..<sleepers {
        let token = alive.token()
        createTask {
          defer { withExtendedLifetime(token) {} }
          try await sleep(for: .seconds(1_000_000))
        }
      }
      let values = try await gather(0..<children, limit: 5) { child in
        try await sleep(for: .microseconds(child))
        return child
      }
      EventLoop.current?.schedule(after: .seconds(1_000_000)) { _ = alive }
      return values == Array(0..<children) ? number : -1
    }
  }
}
