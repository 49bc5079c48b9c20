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
    while true { _ = usleep(100_000) }
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

// MARK: Programs that do not end by themselves

/// Goes on after its cancellation.
@Sendable func programIgnores() {
  runProgram(.init(shutdownGrace: .milliseconds(100))) {
    report("ready")
    while true { try? await sleep(for: .milliseconds(5)) }
  }
}

/// Waits for a line that never comes.
@Sendable func programReads() {
  runProgram(.init(shutdownGrace: .milliseconds(100))) {
    report("ready")
    _ = try await runBlocking { readLine() }
  }
}

/// Blocks the loop for good.
@Sendable func programBlocks() {
  runProgram(.init(slowStepThreshold: .zero, shutdownGrace: .milliseconds(100))) {
    report("ready")
    DispatchSemaphore(value: 0).wait()
  }
}

/// A step that never ends is reported while it lasts.
@Sendable func stepForEver() {
  runProgram(.init(slowStepThreshold: .milliseconds(20), shutdownGrace: .seconds(100))) {
    let task = createTask(name: "stuck") {
      report("ready")
      DispatchSemaphore(value: 0).wait()
    }
    try await task.value
  }
}

/// Other code takes the signal over; `ended` has it let go of it again.
@Sendable func programShares() { sharing(endsOwner: false) }
@Sendable func programShared() { sharing(endsOwner: true) }

private func sharing(endsOwner: Bool) {
  runProgram {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { report("owner got it") }
    source.resume()
    // Both have to notice: Dispatch its source, and the program that its handler was replaced.
    try await sleep(for: .milliseconds(300))
    if endsOwner {
      source.cancel()
      try await sleep(for: .milliseconds(300))
    }
    report("ready")
    defer { report("clean") }
    try await sleep(for: .seconds(3600))
  }
}

/// Is ended at once, with a child that ignores everything.
@Sendable func programWithChild() {
  runProgram {
    for group in [Subprocess.ProcessGroup.separate, .inherited] {
      createTask {
        let script = "trap '' INT TERM; echo child $$; while :; do sleep 1; done"
        _ = try await Subprocess.run(
          .path("/bin/sh"), arguments: ["-c", script], processGroup: group
        ) { child in
          print(
            String(decoding: try await child.standardOutput.readLine(), as: UTF8.self),
            terminator: "")
          fflush(nil)
          try await child.wait()
        }
      }
    }
    try await sleep(for: .seconds(3600))
  }
}

/// Is killed, and its child with it.
@Sendable func programKilled() {
  runProgram {
    _ = try await Subprocess.run(
      .path("/bin/sh"), arguments: ["-c", "echo child $$; while :; do sleep 1; done"],
      endsWithParent: true
    ) { child in
      print(
        String(decoding: try await child.standardOutput.readLine(), as: UTF8.self), terminator: "")
      fflush(nil)
      try await child.wait()
    }
  }
}

/// A child with the terminal's input.
@Sendable func terminalChild() {
  runProgram {
    let output = try await Subprocess.run(
      .name("cat"), input: .inherit, output: .pipe, error: .discard)
    report("the child read:", output.outputText)
  }
}

/// With an entry point of its own type.
@Sendable func namedProgram() { NamedProgram.main() }

enum NamedProgram: LoopProgram {
  static func run() async throws {
    report(EventLoop.current?.tasks.first?.description ?? "none")
  }
}
