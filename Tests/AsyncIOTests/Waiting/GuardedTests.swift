// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct GuardedTests {
  /// More threads than processors, one of which holds the lock for long now and then, so that others sleep.
  @Test func `Nothing is lost however many threads want the lock at once`() throws {
    let (count, busy) = (Guarded(0), Guarded(0))
    let threads = try (0..<8).map { number in
      try onLoopOfItsOwnThread {
        for round in 0..<5000 {
          count.withLock { value in
            value += 1
            if number == 0, round % 500 == 0 { usleep(200) }
          }
          busy.withBusyLock { $0 += 1 }
        }
      }
    }
    for thread in threads { try thread.wait() }
    #expect(count.withLock { $0 } == 40_000)
    #expect(busy.withLock { $0 } == 40_000)
  }

  @Test func `The lock is free after an error`() {
    let guarded = Guarded(1)
    #expect(throws: CancellationError.self) {
      try guarded.withLock { value in
        value = 2
        throw CancellationError()
      }
    }
    #expect(guarded.withLock { $0 } == 2)
  }
}
