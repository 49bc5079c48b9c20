// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// A function that waits: the task waits, the loop does not.
func fetchData(_ url: String) async throws -> [String: String] {
  try await sleep(for: .milliseconds(100))  // stands for input and output that does not block
  return ["url": url]
}

@main struct Basics: LoopProgram {
  static func run() async throws {
    let result = try await fetchData("https://api.example.com")
    print(result)
  }
}
