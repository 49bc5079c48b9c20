// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

func fetchData(_ url: String) async throws -> String {
  try await sleep(for: .milliseconds(100))
  return "data of \(url)"
}

@main struct ConcurrentExecution: LoopProgram {
  static func run() async throws {
    let start = LoopClock.Instant.now

    // gather: run concurrently, values in the order of the operations.
    let (users, orders, products) = try await gather(
      { try await fetchData("/users") },
      { try await fetchData("/orders") },
      { try await fetchData("/products") })
    print(users, orders, products, separator: ", ")

    // Tasks: start immediately, await later.
    let task1 = createTask { try await fetchData("/users") }
    let task2 = createTask { try await fetchData("/orders") }
    print(try await task1.value, try await task2.value, separator: ", ")

    // Five fetches, in two rounds: about two tenths of a second, not five.
    print("in less than the sum:", start.duration(to: .now) < .milliseconds(400))
  }
}
