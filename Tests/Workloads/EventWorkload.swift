// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Tasks that wait for an event that one of them sets and clears at once.
///
/// Who waited when it was set goes on; nobody goes on while it is clear; nobody waits while it is
/// set.
public struct EventWorkload: Workload {
  /// What it is called.
  public let name = "event"

  /// Makes the workload.
  public init() {}

  /// Runs a round.
  public func run(_ round: Round) async throws {
    let event = AsyncEvent()
    // Even while the event is certainly clear.
    let phase = Counter()
    let working = Counter(7)
    try await round.lanes(8) { lane in
      if lane.index == 0 {
        while working.value > 0 {
          await lane.pause()
          phase.add(1)
          event.set()
          try round.check(
            event.waiting == 0, "\(event.waiting) tasks wait for an event that is set")
          if lane.random.chance(30) { await lane.pause() }
          event.clear()
          phase.add(1)
        }
      } else {
        for _ in 0..<lane.share(of: 7) {
          _ = try await lane.attempt {
            let before = phase.value
            try await event.wait()
            try round.check(
              before % 2 == 1 || phase.value != before, "a wait ended while the event was clear")
          }
        }
        working.add(-1)
      }
    }
    try round.check(event.waiting == 0, "\(event.waiting) tasks wait in the end")
  }
}
