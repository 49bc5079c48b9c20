// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO

/// After a run nothing is left: no descriptor, no loop, no timer.
///
/// In a process of its own, where nobody else opens descriptors.
@Suite struct LeakTests {
  @Test func `Runs leave no descriptors and no loops behind`() async {
    await #expect(processExitsWith: .success) { try LeakCheck.run() }
  }
}

private enum LeakCheck {
  final class Ghost {
    weak var loop: EventLoop?
  }

  static func run() throws {
    let ghosts = try (0..<50).map { _ in
      let ghost = Ghost()
      ghost.loop = try runOnce()
      return ghost
    }
    let after = descriptors()
    for _ in 0..<10 { _ = try runOnce() }
    // Idle threads of the pools end when their loop has; give them the time.
    for _ in 0..<500 where ghosts.contains(where: { $0.loop != nil }) { usleep(10_000) }
    try #require(ghosts.allSatisfy { $0.loop == nil })
    try #require(descriptors() <= after)
  }

  /// A run with a bit of everything, and with things left behind.
  private static func runOnce() throws -> EventLoop? {
    try EventLoop.run(.init(mode: .scoped)) {
      createTask(name: "left behind") { try await sleep(for: .seconds(3600)) }
      try await withTimeout(.seconds(60)) { try await sleep(for: .microseconds(10)) }
      _ = try await gather(0..<10) { number in try await runBlocking { number } }
      _ = try? await withTaskScope { scope in
        scope.spawn { try await sleep(for: .seconds(3600)) }
        scope.spawn { throw TestFailure("first") }
      }
      return EventLoop.current
    }
  }

  private static func descriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
  }
}
