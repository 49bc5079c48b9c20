// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

struct Failure: Error, CustomStringConvertible {
  let description: String
}

@Sendable func programError() {
  runProgram { throw Failure(description: "no such table") }
}

@Sendable func programStatus() {
  runProgram { throw ExitStatus(7) }
}

/// Waits for a signal; cleans up when it comes.
@Sendable func programSignal() {
  runProgram {
    report("ready")
    do {
      try await sleep(for: .seconds(3600))
    } catch {
      report("cleaning up")
      try await withCancellationShield(grace: .seconds(5)) {
        try await sleep(for: .milliseconds(1))
      }
      report("clean")
      throw error
    }
  }
}

/// Is never idle, and looks at its cancellation each time it lets the others run.
@Sendable func programSignalBusy() {
  runProgram {
    report("ready")
    defer { report("clean") }
    while true {
      await Task.yield()
      try Task.checkCancellation()
    }
  }
}

/// Is cancelled by itself and by a signal in one step.
@Sendable func programSignalSelf() {
  runProgram {
    defer { report("clean") }
    withUnsafeCurrentTask { $0?.cancel() }
    raise(SIGINT)
    try await sleep(for: .seconds(3600))
  }
}

/// Blocks the loop once the first signal has come.
@Sendable func programSignalDeaf() {
  runProgram {
    report("ready")
    try? await sleep(for: .seconds(3600))
    report("deaf")
    while true { _ = sleep(1) }
  }
}

/// Ignores its cancellation: by the third warning the program is ended.
@Sendable func programStubborn() {
  runProgram(.init(shutdownGrace: .milliseconds(50))) {
    createTask(name: "stubborn") {
      while true { await Task.yield() }
    }
    await Task.yield()
  }
}

@Sendable func unretrieved() {
  runProgram {
    createTask(name: "forgotten") { throw Failure(description: "lost error") }
    try await sleep(for: .milliseconds(1))
    report("after the first")
    let kept = createTask(name: "kept") { throw Failure(description: "seen error") }
    try await sleep(for: .milliseconds(1))
    do { try await kept.value } catch { report("caught", error) }
    let early = createTask(name: "early") { throw Failure(description: "seen too") }
    do { try await early.value } catch { report("caught", error) }
    let never = createTask(name: "never") { throw Failure(description: "at the end") }
    try await sleep(for: .milliseconds(1))
    report("end")
    withExtendedLifetime(never) {}
  }
}

@Sendable func slowStep() {
  runProgram(.init(slowStepThreshold: .milliseconds(50))) {
    let task = createTask(name: "hog") { _ = usleep(200_000) }
    try await task.value
    try await sleep(for: .milliseconds(1))
    let timed = createTask(name: "hog in a timeout") {
      try await withTimeout(.seconds(9)) { () async throws -> Void in
        try await sleep(for: .milliseconds(1))
        _ = usleep(200_000)
      }
    }
    try await timed.value
    for _ in 0..<200 {
      usleep(1000)
      await Task.yield()
    }
    report("done, slow steps:", EventLoop.current?.metrics.slowSteps ?? 0)
  }
}

@Sendable func overRelease() {
  AsyncSemaphore(permits: 1, bounded: true).release()
}

@Sendable func relock() {
  runProgram {
    let lock = AsyncLock()
    try await lock.lock()
    try await lock.lock()
  }
}

@Sendable func unlockFree() {
  AsyncLock().unlock()
}

@Sendable func taskDoneTooOften() {
  AsyncQueue<Int>().taskDone()
}

@Sendable func callbackError() {
  runProgram {
    EventLoop.current?.schedule { throw Failure(description: "callback failed") }
    EventLoop.current?.schedule { report("the next one runs") }
    try await sleep(for: .milliseconds(1))
  }
}

@Sendable func blockingNames() {
  runProgram(.init(name: "names")) {
    let name = try await runBlocking {
      (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? "?"
    }
    report(name.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}

/// What is left when the body ends is cancelled and awaited, and says so.
@Sendable func endOfRun() {
  runProgram {
    createTask(name: "background") {
      do { try await sleep(for: .seconds(3600)) } catch {
        report("background:", error)
        throw error
      }
    }
    createTask(name: "shielded") {
      try await shield {
        do { try await sleep(for: .seconds(3600)) } catch { report("shielded:", error) }
      }
    }
    createTask(name: "blocking") {
      try await runBlocking {
        usleep(100_000)
        report("blocking call returned")
      }
    }
    try await sleep(for: .milliseconds(20))
    report("body ends")
  }
}
