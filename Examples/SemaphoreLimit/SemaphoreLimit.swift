// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

actor Counter {
  private var now = 0
  private(set) var most = 0

  func enter() {
    now += 1
    most = max(most, now)
  }

  func leave() { now -= 1 }
}

@main struct SemaphoreLimit: LoopProgram {
  static func run() async throws {
    let semaphore = AsyncSemaphore(permits: 3)  // at most 3 at once
    let counter = Counter()

    let pages = try await gather(1...12) { number in
      try await semaphore.withPermit {
        await counter.enter()
        try await sleep(for: .milliseconds(20))
        await counter.leave()
        return "page \(number)"
      }
    }
    print("\(pages.count) pages, at most \(await counter.most) at once")
  }
}
