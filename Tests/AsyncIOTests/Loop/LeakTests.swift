// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

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
    try runAndForget(50)
    let after = descriptors()
    try runAndForget(10)
    try #require(descriptors() <= after)
  }

  /// Runs so many loops, and waits until they are gone.
  private static func runAndForget(_ count: Int) throws {
    let ghosts = try (0..<count).map { _ in
      let ghost = Ghost()
      ghost.loop = try runOnce()
      return ghost
    }
    // Idle threads of the pools end when their loop has; give them the time.
    for _ in 0..<500 where ghosts.contains(where: { $0.loop != nil }) { usleep(10_000) }
    try #require(ghosts.allSatisfy { $0.loop == nil })
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
