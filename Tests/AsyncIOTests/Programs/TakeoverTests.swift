// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// What a loop does once it has taken over the process, and how programs end.
///
/// Each test runs a program.
@Suite struct TakeoverTests {
  private func run(_ scenario: String) throws -> Program.Outcome {
    try Program.run("Scenarios", [scenario])
  }

  @Test(.needsDirectRuntime)
  func `Tasks, detached tasks, actors, groups and the main actor run on one thread`() throws {
    let outcome = try run("one-thread")
    #expect(outcome.output == "same thread: true\n", "\(outcome)")
    #expect(outcome.status == 0)
  }

  @Test(.needsDirectRuntime) func `Main actor code touches its own state in every kind of closure`()
    throws
  {
    let outcome = try run("main-actor")
    #expect(outcome.output == "total: 13\n", "\(outcome)")
  }

  @Test func `Task.sleep of the standard library lands on the loop and can be cancelled`() throws {
    let outcome = try run("task-sleep")
    #expect(outcome.output == "slept: true\ncancelled: true\n", "\(outcome)")
  }

  @Test func `Task.sleep passes in virtual time`() throws {
    let outcome = try run("virtual")
    #expect(
      outcome.lines == [
        "an hour of Task.sleep: 3600.0 seconds", "and an hour of sleep: 7200.0 seconds",
      ], "\(outcome)")
  }

  @Test func `A deadlock is an error with the names of the waiting tasks`() throws {
    let outcome = try run("deadlock")
    #expect(outcome.status == 1)
    #expect(
      outcome.output == "getter: CancellationError()\n", "the clean-up runs first: \(outcome)")
    #expect(outcome.errors.contains("error: deadlock"))
    #expect(outcome.errors.contains("waits for an item of a queue"))
    #expect(outcome.errors.contains("task \"locker\""))
    #expect(outcome.errors.contains("waits for a lock"))
  }

  @Test func `A continuation that nobody can resume is a deadlock, not a hang`() throws {
    let outcome = try run("deadlock-continuation")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("error: deadlock"), "\(outcome)")
  }

  @Test func `Another thread that will wake the loop is no deadlock`() throws {
    let outcome = try run("foreign-thread")
    #expect(outcome.output == "woken by another thread\n", "\(outcome)")
  }

  @Test(.needsDirectRuntime)
  func `A sleep that outlives its run goes on in the next, and never returns early`() throws {
    let outcome = try run("sleeps-outlive")
    #expect(outcome.lines == ["own: true", "standard: true"], "\(outcome)")
  }

  @Test(.needsDirectRuntime) func `Without a loop, too, errors that nobody retrieves are logged`()
    throws
  {
    let outcome = try run("stock-program")
    #expect(outcome.errors.contains("lost error"), "\(outcome)")
    #expect(outcome.errors.contains("kept error"), "\(outcome)")
    #expect(outcome.errors.components(separatedBy: "lost error").count == 2)
  }

  @Test(.needsDirectRuntime) func `Two runs follow each other, and a nested one is refused`() throws
  {
    let outcome = try run("two-runs")
    #expect(
      outcome.lines == ["a task between two runs runs in the second", "true already running"],
      "\(outcome)")
  }

  @Test(.needsDirectRuntime)
  func `A process that has used concurrency cannot be taken over, and is not by itself`()
    throws
  {
    let outcome = try run("takeover-late")
    #expect(outcome.lines.last == "scoped works", "\(outcome)")
    #expect(outcome.lines.first?.hasPrefix("takeover mode needs the main thread") == true)
  }
}

@Suite struct ProgramEndTests {
  private func run(_ scenario: String) throws -> Program.Outcome {
    try Program.run("Scenarios", [scenario])
  }

  @Test func `An error goes to standard error, and the status is 1`() throws {
    let outcome = try run("program-error")
    #expect(outcome.errors == "error: no such table\n", "\(outcome)")
    #expect(outcome.status == 1)
  }

  @Test func `The error reaches a standard error that is full and does not block`() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    let filler = [UInt8](repeating: 46, count: 4096)
    while write(descriptor, filler, filler.count) > 0 {}
    while write(descriptor, filler, 1) > 0 {}
    let program = try Program("Scenarios", ["program-error"], errors: pipe.fileHandleForWriting)
    // Read as soon as the program has something to wait for.
    Thread.detachNewThread {
      usleep(200_000)
      while !pipe.fileHandleForReading.availableData.isEmpty {}
    }
    try pipe.fileHandleForWriting.close()
    #expect(try program.wait().status == 1)
  }

  @Test func `A program's task is said to be the program's`() throws {
    let outcome = try run("named-program")
    #expect(outcome.lines == ["task \"main\" (NamedProgram.run()) is running"], "\(outcome)")
  }

  @Test func `An exit status is the program's own`() throws {
    #expect(try run("program-status").status == 7)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func `run-011: A signal cancels the program, whose clean-up runs`(
    _ signal: Int32, _ status: Int32
  ) throws {
    let program = try Program("Scenarios", ["program-signal"])
    #expect(program.waitForOutput("ready"))
    program.signal(signal)
    let outcome = try program.wait()
    #expect(outcome.lines == ["ready", "cleaning up", "clean"], "\(outcome)")
    #expect(outcome.status == status)
    #expect(outcome.errors == "")
  }

  @Test func `run-010: A signal reaches a program that is never idle`() throws {
    let program = try Program("Scenarios", ["program-signal-busy"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.lines == ["ready", "clean"], "\(outcome)")
    #expect(outcome.status == 130)
  }

  @Test func `run-012: Cancelled by itself and by a signal, a program cleans up once`() throws {
    let outcome = try run("program-signal-self")
    #expect(outcome.lines == ["clean"], "\(outcome)")
    #expect(outcome.status == 130)
  }

  @Test func `run-013: A second signal ends the program at once`() throws {
    let program = try Program("Scenarios", ["program-signal-deaf"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    #expect(program.waitForOutput("deaf"))
    program.signal(SIGINT)
    #expect(try program.wait().status == 130)
  }

  @Test func `Tasks that ignore the end are named three times, then the program ends`() throws {
    let outcome = try run("program-stubborn")
    #expect(outcome.status == 1)
    let warnings = outcome.errors.split(separator: "\n").filter { $0.contains("task \"stubborn\"") }
    #expect(warnings.count == 3, "\(outcome)")
  }

  @Test func `At the end of the run tasks are cancelled and awaited, blocking calls included`()
    throws
  {
    let outcome = try run("end-of-run")
    #expect(outcome.lines.first == "body ends", "\(outcome)")
    #expect(
      outcome.lines.dropFirst().sorted() == [
        "background: CancellationError()", "blocking call returned",
        "shielded: CancellationError()",
      ])
    #expect(outcome.status == 0)
  }

  @Test(.needsDirectRuntime)
  func `debug-005: An error that nobody retrieves is logged with the task's name and place`()
    throws
  {
    let outcome = try run("unretrieved")
    #expect(
      outcome.lines == ["after the first", "caught seen error", "caught seen too", "end"],
      "\(outcome)")
    #expect(outcome.errors.contains("task \"forgotten\", created at Scenarios/Endings.swift"))
    #expect(outcome.errors.contains("lost error"))
    #expect(outcome.errors.contains("at the end"))
    #expect(!outcome.errors.contains("seen"), "\(outcome)")
  }

  @Test func `A callback that throws is logged and stops nothing`() throws {
    let outcome = try run("callback-error")
    #expect(outcome.output == "the next one runs\n")
    #expect(
      outcome.errors.contains("a callback scheduled at Scenarios/Endings.swift"), "\(outcome)")
    #expect(outcome.errors.contains("callback failed"))
  }

  @Test func `debug-001: A step that holds the loop is reported with its task; quick ones are not`()
    throws
  {
    let outcome = try run("slow-step")
    #expect(outcome.output == "done, slow steps: 2\n", "\(outcome)")
    #expect(outcome.errors.contains("task \"hog\""))
    #expect(outcome.errors.contains("task \"hog in a timeout\""))
    // Each thing is said once: the name, and the place of creation.
    for line in outcome.errors.split(separator: "\n") {
      for part in ["hog", "Scenarios/Endings.swift"] {
        #expect(line.components(separatedBy: part).count == 2, "\(line)")
      }
    }
  }

  @Test func `The threads of the pool bear the loop's name`() throws {
    #expect(try run("blocking-names").output == "names-1\n")
  }

  @Test(arguments: [
    ("over-release", "released more often than acquired"), ("relock", "locks it again"),
    ("unlock-free", "unlocked while free"), ("task-done", "taskDone() called more often"),
  ])
  func `A programmer's mistake traps with a message`(_ scenario: String, _ message: String) throws {
    let outcome = try run(scenario)
    #expect(outcome.status > 128)
    #expect(outcome.errors.contains(message), "\(outcome)")
  }

  @Test(.needsDirectRuntime)
  func `debug-002: An empty variable in the environment is as good as none`() throws {
    let outcome = try Program.run("Scenarios", ["one-thread"], environment: ["ASYNCIO_BACKEND": ""])
    #expect(outcome.status == 0, "\(outcome)")
    let set = try Program.run(
      "Scenarios", ["one-thread"], environment: ["ASYNCIO_BACKEND": "epoll"])
    #expect(set.status == 0, "\(set)")
    // What the code says wins over the environment.
    let chosen = try Program.run(
      "Scenarios", ["chosen-backend"], environment: ["ASYNCIO_BACKEND": "kqueue"])
    #expect(chosen.lines == ["epoll"], "\(chosen)")
  }

  @Test func `A wrong backend in the environment is an error that says so`() throws {
    let outcome = try Program.run(
      "Scenarios", ["one-thread"], environment: ["ASYNCIO_BACKEND": "kqueue"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("ASYNCIO_BACKEND is \"kqueue\""), "\(outcome)")
  }

  @Test func `Where a sandbox forbids io_uring, the loop works with epoll`() throws {
    let outcome = try Program.run(
      "Scenarios", ["without-ring"], environment: ["ASYNCIO_BACKEND": ""])
    if outcome.output.hasPrefix("no sandbox") { return }
    #expect(outcome.lines == ["epoll", "through the pair", "a file"], "\(outcome)")
    #expect(outcome.errors.isEmpty, "\(outcome)")
  }
}
