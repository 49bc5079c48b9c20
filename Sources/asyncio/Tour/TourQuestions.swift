// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc
import HTTPTypes

extension TourSection {
  static let questions = TourSection(
    name: "questions", title: "Four questions, answered by running code",
    code: """
      // Threads or tasks?
      try await gather(0..<1000) { _ in try await sleep(for: .milliseconds(200)) }
      // Sync and async mixed?
      try await runBlocking { try EventLoop.run { try await fetchData("/wait/50") } }
      // Blocking in async code?
      usleep(80_000)                               // or: try await runBlocking { … }
      // gather or a scope?
      await gatherResults(paths) { … }             // or: try await withTaskScope { … }
      """
  ) { tour, timeline in
    try await timeline.track("threads, tasks") { try await threadsOrTasks(tour) }
    try await timeline.track("sync and async") { try await mixingSyncAndAsync(tour) }
    try await timeline.track("blocking") { try await blockingInAsyncCode(tour) }
    try await timeline.track("gather or scope") { try await gatherOrScope(tour) }
    // A thousand waits of 200 ms, one after another, and the four requests that wait.
    timeline.sequential = .seconds(200) + .milliseconds(50 + 2 * (300 + 400 + 400))
  }

  // Threading vs asyncio?
  private static func threadsOrTasks(_ tour: Tour) async throws {
    let start = ContinuousClock.now
    let before = threadCount()
    let counts = try await AsyncIO.gather(0..<1000) { _ in
      try await sleep(for: .milliseconds(200))
      return threadCount()
    }
    tour.say("  Q: threads or tasks? A: 1000 tasks that wait 200 ms each took")
    tour.say(
      "     \(text(start.duration(to: .now))) and \(max(0, (counts.max() ?? 0) - before)) more threads: waiting needs no thread."
    )
  }

  // Mix sync and async?
  private static func mixingSyncAndAsync(_ tour: Tour) async throws {
    let answer = try await runBlocking {
      // Synchronous code, on a thread of the pool, calls asynchronous code with a loop of its own.
      try EventLoop.run { try await tour.client.get(tour.server.url("/wait/50")).status.code }
    }
    tour.say("  Q: how do sync and async mix? A: EventLoop.run from sync, runBlocking from async;")
    tour.say("     a request from EventLoop.run inside runBlocking answered \(answer).")
  }

  // Blocking in async code?
  private static func blockingInAsyncCode(_ tour: Tour) async throws {
    let onLoop = try await longestPause { _ = usleep(80_000) }
    let offLoop = try await longestPause { try await runBlocking { _ = usleep(80_000) } }
    tour.say(
      "  Q: what does blocking in async code do? A: it stops every task. A heartbeat of 5 ms")
    tour.say(
      "     paused for \(text(onLoop)) beside usleep, for \(text(offLoop)) beside runBlocking.")
  }

  private static func longestPause(
    during body: @escaping @Sendable () async throws -> Void
  ) async throws -> Duration {
    try await withTaskScope { scope in
      let heartbeat = scope.spawn(name: "heartbeat") {
        var longest = Duration.zero
        var last = ContinuousClock.now
        while (try? await sleep(for: .milliseconds(5))) != nil {
          longest = max(longest, last.duration(to: .now))
          last = .now
        }
        return longest
      }
      try await sleep(for: .milliseconds(20))
      try await body()
      try await sleep(for: .milliseconds(20))
      heartbeat.cancel()
      return try await heartbeat.value
    }
  }

  // gather vs TaskGroup?
  private static func gatherOrScope(_ tour: Tour) async throws {
    let ended = AsyncSemaphore(permits: 0)
    let work: @Sendable (String) async throws -> Void = { path in
      let status = try await tour.client.get(tour.server.url(path)).status.code
      if status != 200 { throw Tour.StatusError(path: path, status: status) }
      ended.release()
    }
    _ = await gatherResults(["/fails", "/wait/400", "/wait/400"]) { try await work($0) }
    let kept = ended.availablePermits
    _ = try? await withTaskScope { scope in
      for path in ["/fails", "/wait/400", "/wait/400"] { scope.spawn { try await work(path) } }
    }
    tour.say(
      "  Q: gather or a scope? A: beside one failure, gatherResults let \(kept) of 2 others finish,"
    )
    tour.say("     the scope \(ended.availablePermits - kept): it cancels what is left.")
  }

  private static func threadCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
  }
}
