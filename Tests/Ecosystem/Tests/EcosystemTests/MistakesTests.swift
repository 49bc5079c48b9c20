// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import TestSupport
import Testing

/// The tests are built for release, where Swift's own preconditions say nothing.
@Suite struct MistakesTests {
  @Test(arguments: [
    ("release", "AsyncSemaphore: released more often than acquired (2 of 1 permits free)"),
    ("permits", "AsyncSemaphore: permits must not be negative, got -1"),
    ("relock", "AsyncLock: the task that holds the lock locks it again"),
    ("unlock", "AsyncLock: unlocked while free"),
    ("notify", "AsyncCondition: notify() without the lock"),
    ("taskDone", "taskDone() called more often than items were put into the queue"),
    ("maxSize", "queue: maxSize must not be negative, got -1"),
    ("limit", "withTaskScope: limit must be positive, got 0"),
    ("read", "read: the limit must not be negative, got -1"),
    ("workers", "ProcessPool: workers must be positive, got 0"),
  ])
  func `A programmer's mistake traps with its message in a release build`(
    _ mistake: String, _ message: String
  ) throws {
    #if DEBUG
      Issue.record("these tests ask what a release build does")
    #endif
    let outcome = try Program.run("Mistakes", [mistake])
    #expect(outcome.status > 128, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}
