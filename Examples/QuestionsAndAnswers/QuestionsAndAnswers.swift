// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

/// The questions people ask about asyncio, answered by code.
@main enum QuestionsAndAnswers {
  static func main() throws {
    // Mix sync and async? `EventLoop.run` from sync, `runBlocking` from async.
    let answer = try EventLoop.run {
      try await sleep(for: .milliseconds(1))
      return try await runBlocking { 42 }
    }
    print("sync to async and back:", answer)

    try EventLoop.run {
      // Threads or asyncio? A thousand tasks that wait need no thread of their own.
      let threads = try await gather(0..<1000) { _ in
        try await sleep(for: .milliseconds(50))
        return UInt(pthread_self())
      }
      print("threads for a thousand tasks:", Set(threads).count)

      // gather or a scope? gatherResults keeps outcomes, a scope cancels all on failure.
      struct Failure: Error {}
      let work: @Sendable (Bool) async throws -> Void = { fails in
        if fails { throw Failure() }
        try await sleep(for: .milliseconds(20))
      }
      let kept = await gatherResults([true, false, false]) { try await work($0) }
      print("gatherResults:", kept.map { (try? $0.get()) == nil ? "failed" : "ended" })
      let ended = AsyncSemaphore(permits: 0)
      do {
        try await withTaskScope { scope in
          for fails in [true, false, false] {
            scope.spawn {
              try await work(fails)
              ended.release()
            }
          }
        }
      } catch let group as ErrorGroup {
        print("scope: \(group.errors.count) failed, \(ended.availablePermits) ended")
      }
    }
  }
}
