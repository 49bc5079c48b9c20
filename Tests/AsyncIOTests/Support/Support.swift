// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Synchronization
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Runs `body` on a scoped loop with a virtual clock.
@discardableResult
func onLoop<Success: Sendable>(
  order: EventLoop.Order = .fifo,
  _ body: sending @escaping @isolated(any) () async throws -> Success
) throws -> Success {
  try EventLoop.run(.init(mode: .scoped, clock: .virtual, order: order), body)
}

/// A body that failed under a seed: says how to see it again.
struct SeedFailure: Error, CustomStringConvertible {
  let seed: UInt64
  let error: any Error
  var description: String {
    "seed \(seed) (replay: explore(seeds: \(seed)..<\(seed + 1))): \(error)"
  }
}

/// Runs `body` once per seed, each on a loop of its own with that seed's schedule.
func explore(
  seeds: Range<UInt64> = 0..<100, _ body: @escaping @Sendable (_ seed: UInt64) async throws -> Void
) throws {
  for seed in seeds {
    do {
      try onLoop(order: .seeded(seed)) { try await body(seed) }
    } catch {
      throw SeedFailure(seed: seed, error: error)
    }
  }
}

/// Lets all other ready tasks run, until nothing is ready but the caller.
func settle() async {
  for _ in 0..<100_000 {
    await Task.yield()
    if EventLoop.current?.ready.isEmpty ?? true { return }
  }
  Issue.record("the loop does not settle")
}

/// Lets the loop turn until `condition` holds: for what the kernel or another thread brings about.
///
/// Throws `CancellationError` if the test has taken too long.
func until(_ condition: () throws -> Bool) async throws {
  while try !condition() {
    try Task.checkCancellation()
    await Task.yield()
  }
}

/// Lets the loop turn for a while: for a task that is slower than its peer.
func yields(_ count: Int) async {
  for _ in 0..<count { await Task.yield() }
}

/// Lets the loop turn until so many of its tasks wait for `reason`.
func untilWaiting(for reason: WaitReason, count: Int = 1) async {
  func isReached() -> Bool {
    let tasks = EventLoop.current?.tasks ?? []
    return tasks.count { $0.state == .waiting && $0.waitsFor == reason } >= count
  }
  do { try await until(isReached) } catch { Issue.record("no task waits for \(reason)") }
}

/// Entries in the order they were recorded, from any task.
final class Log<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])
  init() {}
  func record(_ element: Element) { storage.withLock { $0.append(element) } }
  var entries: [Element] { storage.withLock { $0 } }
}

struct TestFailure: Error, Equatable {
  let name: String
  init(_ name: String) { self.name = name }
}
