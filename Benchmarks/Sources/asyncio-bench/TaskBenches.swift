// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Starting tasks, switching between them and waiting for them.
enum TaskBenches {
  static func spawn(_ count: Int) async throws {
    let tasks = (0..<count).map { index in createTask { index } }
    var sum = 0
    for task in tasks { sum += try await task.value }
    expect(sum, count * (count - 1) / 2)
  }

  /// The same with the language's own tasks, which run on the loop too.
  static func spawnPlain(_ count: Int) async throws {
    let tasks = (0..<count).map { index in Task { index } }
    var sum = 0
    for task in tasks { sum += await task.value }
    expect(sum, count * (count - 1) / 2)
  }

  static func yields(_ count: Int, tasks: Int) async throws {
    let tasks = (0..<tasks).map { _ in
      createTask { for _ in 0..<count / tasks { await Task.yield() } }
    }
    for task in tasks { try await task.value }
  }

  static func gathers(_ rounds: Int) async throws {
    for _ in 0..<rounds {
      let values = try await gather(0..<10) { index in
        await Task.yield()
        return index
      }
      expect(values.reduce(0, +), 45)
    }
  }

  /// Scopes of `count` children, each of which waits for an event of its own; the events are set in random
  /// order.
  ///
  /// Returns how many children there were in all.
  static func scope(_ count: Int) async throws -> Int {
    let rounds = max(1, 200_000 / count)
    for round in 0..<rounds {
      let events = (0..<count).map { _ in AsyncEvent() }
      try await withTaskScope { scope in
        for event in events { scope.spawn { try await event.wait() } }
        await Task.yield()
        for index in shuffled(count, seed: round) { events[index].set() }
      }
    }
    return rounds * count
  }

  static func children(_ count: Int) async throws {
    try await withTaskScope { scope in
      for _ in 0..<count { scope.spawn {} }
    }
  }

  /// The numbers below `count`, in the order of a linear congruence: every one once, none beside the next.
  private static func shuffled(_ count: Int, seed: Int) -> some Sequence<Int> {
    let step =
      (1...).lazy.map { count * 618 / 1000 + $0 }.first { greatestDivisor($0, count) == 1 } ?? 1
    return (0..<count).lazy.map { ($0 &* step &+ seed) % count }
  }

  private static func greatestDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestDivisor(b, a % b)
  }

  static func sleepers(_ count: Int) async throws {
    let tasks = (0..<count).map { index in
      createTask { try await sleep(for: .milliseconds(milliseconds(index))) }
    }
    for task in tasks { try await task.value }
  }

  /// 1 to 1,000 ms, the same spread in every peer.
  private static func milliseconds(_ index: Int) -> Int {
    1 + (index * 2_654_435_761 % 4_294_967_296) % 1000
  }

  static func timeouts(_ count: Int) async throws {
    for _ in 0..<count {
      try await withTimeout(.seconds(5)) { await Task.yield() }
    }
  }

  static func blocking(_ count: Int) async throws {
    for index in 0..<count {
      let value = try await runBlocking { index }
      expect(value, index)
    }
  }
}

/// A benchmark that does not do its work must not have a figure.
func expect(_ value: Int, _ expected: Int) {
  precondition(value == expected, "the benchmark computed \(value) instead of \(expected)")
}
