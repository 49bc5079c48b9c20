// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

func slowOperation() async throws -> String {
  try await sleep(for: .seconds(3600))
  return "done"
}

@main struct Timeouts: LoopProgram {
  static func run() async throws {
    do {
      _ = try await withTimeout(.milliseconds(50)) { try await slowOperation() }
    } catch let error as TimeoutError {
      print("withTimeout:", error)
    }

    do {
      _ = try await withDeadline(.now + .milliseconds(50)) { try await slowOperation() }
    } catch is TimeoutError {
      print("withDeadline: the time was up")
    }

    let maybe = try await moveOn(after: .milliseconds(50)) { try await slowOperation() }
    print("moveOn:", maybe ?? "no value, and on we go")

    let value = try await withTimeout(.milliseconds(50)) { timeout in
      timeout.reschedule(to: .now + .seconds(9))  // there was progress: more time
      try await sleep(for: .milliseconds(100))
      return "in time after all, expired: \(timeout.hasExpired)"
    }
    print("rescheduled:", value)
  }
}
