// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

/// Blocks its thread, as many C libraries do.
func blockingFunction(_ argument: Int) -> Int {
  usleep(100_000)
  return argument * 2
}

@main struct BlockingCode: LoopProgram {
  static func run() async throws {
    // On a thread of the loop's pool; the loop goes on meanwhile.
    let ticker = createTask(name: "ticker") {
      var ticks = 0
      while (try? await sleep(for: .milliseconds(5))) != nil { ticks += 1 }
      return ticks
    }
    let doubled = try await gather([1, 2, 3]) { number in
      try await runBlocking { blockingFunction(number) }
    }
    ticker.cancel()
    print(doubled)
    print("the loop went on:", try await ticker.value > 3)
  }
}
