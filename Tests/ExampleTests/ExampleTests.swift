// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import TestSupport
import Testing

/// The examples are run, and print what they promise.
@Suite struct ExampleTests {
  @Test(arguments: [
    ("Basics", ["[\"url\": \"https://api.example.com\"]"]),
    (
      "ConcurrentExecution",
      [
        "data of /users, data of /orders, data of /products", "data of /users, data of /orders",
        "in less than the sum: true",
      ]
    ),
    (
      "ErrorHandling",
      [
        "data of /a", "error: /missing was not found", "data of /b", "1 error:",
        "  task \"a\": /missing was not found", "first: /missing",
      ]
    ),
    ("SemaphoreLimit", ["12 pages, at most 3 at once"]),
    ("ProducerConsumer", ["the sum of 1...100 is 5050"]),
    (
      "Timeouts",
      [
        "withTimeout: timed out after 0.05 seconds in task \"main\"",
        "withDeadline: the time was up", "moveOn: no value, and on we go",
        "rescheduled: in time after all, expired: false",
      ]
    ),
    ("BlockingCode", ["[2, 4, 6]", "the loop went on: true"]),
    (
      "QuestionsAndAnswers",
      [
        "sync to async and back: 42", "threads for a thousand tasks: 1",
        "gatherResults: [\"failed\", \"ended\", \"ended\"]", "scope: 1 failed, 0 ended",
      ]
    ),
  ])
  func `An example prints what it promises`(_ name: String, _ lines: [String]) throws {
    let outcome = try Program.run(name, [])
    #expect(outcome.lines == lines, "\(outcome)")
    #expect(outcome.status == 0)
  }
}
