// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc
import HTTPTypes

extension TourSection {
  static let basics = TourSection(
    name: "basics", title: "Basics: a function that waits",
    code: """
      func fetchData(_ path: String) async throws -> String {
        try await client.get(server.url(path)).text   // the task waits, the loop does not
      }
      let result = try await fetchData("/data")
      """
  ) { tour, timeline in
    tour.say("  \(try await tour.fetch("/data", timeline))")
  }

  static let gather = TourSection(
    name: "gather", title: "gather: three requests of one second each take one second",
    code: """
      let results = try await gather(
        { try await fetchData("/users") },
        { try await fetchData("/orders") },
        { try await fetchData("/products") })
      """
  ) { tour, timeline in
    let results = try await AsyncIO.gather(
      { try await tour.fetch("/users", timeline) }, { try await tour.fetch("/orders", timeline) },
      { try await tour.fetch("/products", timeline) })
    tour.say("  \(results.0)  \(results.1)  \(results.2)")
  }

  static let tasks = TourSection(
    name: "tasks", title: "Tasks: start now, await later",
    code: """
      let task1 = createTask { try await fetchData("/users") }
      let task2 = createTask { try await fetchData("/orders") }
      // … something else …
      let result1 = try await task1.value
      let result2 = try await task2.value
      """
  ) { tour, timeline in
    let task1 = createTask(name: "users") { try await tour.fetch("/users", timeline) }
    let task2 = createTask(name: "orders") { try await tour.fetch("/orders", timeline) }
    try await timeline.track("something else") { try await sleep(for: .milliseconds(500)) }
    tour.say("  \(try await task1.value)  \(try await task2.value)")
  }

  static let errors = TourSection(
    name: "errors", title: "Errors: keep every outcome",
    code: """
      let results = await gatherResults(["/wait/500", "/fails", "/wait/800"]) { path in
        try await fetchData(path)
      }
      for result in results {
        if case .failure(let error) = result { handle(error) }
      }
      """
  ) { tour, timeline in
    let results = await gatherResults(["/wait/500", "/fails", "/wait/800"]) { path in
      try await tour.fetch(path, timeline)
    }
    for result in results {
      switch result {
      case .success(let text): tour.say("  ok      \(text)")
      case .failure(let error): tour.say("  failed  \(error)")
      }
    }
  }

  static let scope = TourSection(
    name: "scope", title: "Task scope: the first failure cancels the others",
    code: """
      try await withTaskScope { scope in
        scope.spawn(name: "a") { try await fetchData("/slow") }
        scope.spawn(name: "b") { try await fetchData("/fails") }
      }                                     // throws an ErrorGroup with every error
      """
  ) { tour, timeline in
    do {
      try await withTaskScope { scope in
        scope.spawn(name: "a") { try await tour.fetch("/slow", timeline) }
        scope.spawn(name: "b") { try await tour.fetch("/fails", timeline) }
      }
    } catch let group as ErrorGroup {
      timeline.sequential = .milliseconds(3300)  // the slow one to its end, then the other
      tour.say("  \(group)")
    }
  }

  static let semaphore = TourSection(
    name: "semaphore", title: "Semaphore: twelve requests, at most three at a time",
    code: """
      let semaphore = AsyncSemaphore(permits: 3)
      func limitedFetch(_ path: String) async throws -> String {
        try await semaphore.withPermit { try await fetchData(path) }
      }
      """
  ) { tour, timeline in
    let semaphore = AsyncSemaphore(permits: 3)
    let texts = try await AsyncIO.gather(1...12) { number in
      try await semaphore.withPermit {
        try await tour.fetch("/wait/300", timeline, as: "request \(number)")
      }
    }
    tour.say("  \(texts.count) answers")
  }

  static let queue = TourSection(
    name: "queue", title: "Queue: one producer, two consumers",
    code: """
      let queue = AsyncQueue<Int>(maxSize: 3)
      try await queue.put(item)             // producer: waits while the queue is full
      let item = try await queue.get()      // consumer: waits while it is empty
      queue.taskDone()
      try await queue.join()                // until every item is done
      """
  ) { tour, timeline in
    let queue = AsyncQueue<Int>(maxSize: 3)
    let done = AsyncSemaphore(permits: 0)
    try await withTaskScope { scope in
      for name in ["consumer 1", "consumer 2"] {
        scope.spawn(name: name) {
          try await timeline.track(name) {
            for try await item in queue {
              _ = try await tour.client.get(tour.server.url("/wait/\(100 + item * 10)"))
              done.release()
              queue.taskDone()
            }
          }
        }
      }
      try await timeline.track("producer") {
        for item in 1...10 { try await queue.put(item) }
      }
      try await timeline.track("join") { try await queue.join() }
      queue.shutdown()
    }
    timeline.sequential = .milliseconds((1...10).reduce(0) { $0 + 100 + $1 * 10 })
    tour.say("  \(done.availablePermits) items produced and done")
  }

  static let timeouts = TourSection(
    name: "timeouts", title: "Timeouts: half a second for what takes three",
    code: """
      let result = try await withTimeout(.milliseconds(500)) { try await fetchData("/slow") }
      let other = try await withDeadline(.now + .milliseconds(500)) { try await fetchData("/slow") }
      let maybe = try await moveOn(after: .milliseconds(500)) { try await fetchData("/slow") }
      """
  ) { tour, timeline in
    do {
      try await withTimeout(.milliseconds(500)) {
        _ = try await tour.fetch("/slow", timeline, as: "withTimeout")
      }
    } catch let error as TimeoutError {
      tour.say("  withTimeout: \(error)")
    }
    do {
      try await withDeadline(.now + .milliseconds(500)) {
        _ = try await tour.fetch("/slow", timeline, as: "withDeadline")
      }
    } catch let error as TimeoutError {
      tour.say("  withDeadline: \(error)")
    }
    let maybe = try await moveOn(after: .milliseconds(500)) {
      try await tour.fetch("/slow", timeline, as: "moveOn")
    }
    tour.say("  moveOn: \(maybe ?? "nil")")
  }

  static let blocking = TourSection(
    name: "blocking", title: "Blocking code: wrongly on the loop, rightly in runBlocking",
    code: """
      usleep(400_000)                              // holds up everybody: the loop warns
      try await runBlocking { usleep(400_000) }    // a thread of the pool waits, the loop goes on
      """
  ) { tour, timeline in
    try await AsyncIO.gather(
      { try await tour.fetch("/wait/300", timeline, as: "request A") },
      {
        try await timeline.track("on the loop") {
          timeline.run("on the loop") { _ = usleep(400_000) }
        }
      })
    try await AsyncIO.gather(
      { try await tour.fetch("/wait/300", timeline, as: "request B") },
      {
        try await timeline.track("runBlocking") { try await runBlocking { _ = usleep(400_000) } }
      })
    tour.say("  request A had to wait for the blocking call, request B did not")
  }
}
