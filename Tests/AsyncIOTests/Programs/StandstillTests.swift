// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// What is said, and what is thrown, when nothing seems able to go on.
@Suite struct StandstillTests {
  private func run(_ scenario: String) throws -> Program.Outcome {
    try Program.run("Scenarios", [scenario])
  }

  @Test(arguments: ["standstill", "after-dispatch"])
  func `As long as there is a foreign thread nothing is certain, and it is said what is waited for`(
    _ scenario: String
  ) throws {
    let program = try Program("Scenarios", [scenario])
    #expect(program.waitForOutput("ready"))
    #expect(program.waitForErrors("can wake its tasks"))
    program.signal(SIGTERM)
    let outcome = try program.wait()
    #expect(outcome.status == 143, "\(outcome)")
    #expect(!outcome.errors.contains("deadlock:"))
    #expect(outcome.errors.contains("task \"main\""))
    #expect(outcome.errors.contains("waits for an event"))
    if scenario == "standstill" { #expect(outcome.errors.contains("task \"waiter\"")) }
  }

  @Test func `In a circle of locks the task that closes it gets the error, and the others go on`()
    throws
  {
    let outcome = try run("circle")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("second: deadlock: each of these tasks waits for the next"))
    #expect(outcome.output.contains("task \"second\""))
    #expect(outcome.output.contains("task \"first\""))
    #expect(outcome.output.contains("first has both"))
    #expect(outcome.lines.last == "ticked: true")
  }

  @Test func `A thread that waits for another process is a reason to wait`() throws {
    let outcome = try run("other-process")
    #expect(outcome.lines == ["woken by another process"], "\(outcome)")
    #expect(outcome.errors == "")
  }

  @Test(.needsDirectRuntime)
  func `A sleep that was cancelled leaves nothing that hides a deadlock`() throws {
    let outcome = try run("sleep-left")
    #expect(outcome.status == 1 && outcome.errors.contains("deadlock:"), "\(outcome)")
  }

  @Test func `A task that awaits a continuation is said to, and the list comes once`() throws {
    let outcome = try run("elsewhere")
    #expect(outcome.lines.first?.contains("awaits something outside this package") == true)
    #expect(outcome.errors.contains("deadlock:"), "\(outcome)")
    #expect(outcome.errors.components(separatedBy: "task \"elsewhere\"").count == 2, "\(outcome)")
    #expect(!outcome.errors.contains("is running"))
  }

  @Test
  func `A scoped loop without other threads is certain, and one beside the global executor never`()
    throws
  {
    let alone = try run("scoped-alone")
    #expect(alone.lines == ["deadlock: main waiter"], "\(alone)")
    let beside = try run("scoped-beside")
    #expect(beside.lines == ["woken"] && beside.errors == "", "\(beside)")
  }

  @Test func `With the setting off nothing is looked for`() throws {
    let program = try Program("Scenarios", ["undetected"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGTERM)
    let outcome = try program.wait()
    #expect(outcome.status == 143 && outcome.errors == "", "\(outcome)")
  }
}

/// Programs that are asked to end and do not.
@Suite struct StubbornProgramTests {
  @Test(
    arguments: [("program-ignores", SIGINT, 130), ("program-reads", SIGTERM, 143)]
      as [(String, Int32, Int32)])
  func `A program that ignores a signal is named, and ended after the third time`(
    _ scenario: String, _ signal: Int32, _ status: Int32
  ) throws {
    try checkEnd(scenario, signal, status)
  }

  @Test func `A program whose loop is blocked is named, and ended after the third time`() throws {
    try checkEnd("program-blocks", SIGINT, 130)
  }

  private func checkEnd(_ scenario: String, _ signal: Int32, _ status: Int32) throws {
    let input = Pipe()
    let program = try Program("Scenarios", [scenario], inputPipe: input)
    defer { try? input.fileHandleForWriting.close() }
    #expect(program.waitForOutput("ready"))
    program.signal(signal)
    let outcome = try program.wait()
    #expect(outcome.status == status, "\(outcome)")
    #expect(outcome.errors.components(separatedBy: "has not ended").count == 4, "\(outcome)")
    #expect(outcome.errors.contains("task \"main\""))
    #expect(outcome.errors.contains("error: the program did not end"))
  }

  @Test func `A step that never ends is reported while it lasts`() throws {
    let program = try Program("Scenarios", ["step-for-ever"])
    #expect(program.waitForOutput("ready"))
    #expect(program.waitForErrors("and still does"))
    program.signal(SIGKILL)
    let outcome = try program.wait()
    #expect(outcome.errors.contains("task \"stuck\""), "\(outcome)")
  }

  @Test func `The second signal ends a program, also while other code owns the signal`() throws {
    let program = try Program("Scenarios", ["program-shares"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    #expect(program.waitForOutput("owner got it"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130, "\(outcome)")
    #expect(!outcome.output.contains("clean"))
  }

  @Test func `After the owner of a signal has gone, the first one is the program's again`() throws {
    let program = try Program("Scenarios", ["program-shared"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130 && outcome.lines == ["ready", "clean"], "\(outcome)")
  }

  @Test func `A program that is started with the signals blocked can be ended`() throws {
    let program = try Program(
      "/usr/bin/env",
      [
        "--block-signal=INT,TERM", Program.products.appendingPathComponent("Scenarios").path,
        "program-signal",
      ])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGTERM)
    let outcome = try program.wait()
    #expect(outcome.status == 143 && outcome.lines.last == "clean", "\(outcome)")
  }

  @Test func `ChildTable do not outlive a program that is ended at once`() throws {
    let program = try Program("Scenarios", ["program-with-child"])
    #expect(program.waitForLines(2))
    let children = program.output.split(separator: "\n").compactMap {
      Int32($0.split(separator: " ")[1])
    }
    #expect(children.count == 2)
    program.signal(SIGINT)
    program.signal(SIGTERM)
    _ = try program.wait()
    for child in children { #expect(hasEnded(child)) }
  }

  @Test func `A child that ends with its parent does so when that is killed`() throws {
    let program = try Program("Scenarios", ["program-killed"])
    #expect(program.waitForLines(1))
    let child = try #require(
      Int32(program.output.split(separator: "\n")[0].split(separator: " ")[1]))
    program.signal(SIGKILL)
    _ = try program.wait()
    #expect(hasEnded(child))
  }

  /// Waits until a process has gone, or is a zombie of somebody else.
  private func hasEnded(_ process: Int32) -> Bool {
    let deadline = Date() + 20
    while Date() < deadline {
      let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      if status.isEmpty || status.contains(") Z ") { return true }
      usleep(2000)
    }
    kill(process, SIGKILL)
    return false
  }

  @Test(arguments: ["line", "interrupt"])
  func `A child can read the terminal, and Ctrl-C reaches it`(_ keys: String) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("terminal.py").path
    let program = Program.products.appendingPathComponent("Scenarios").path
    let outcome = try Program.run(
      "/usr/bin/env", ["python3", script, keys, program, "terminal-child"])
    #expect(outcome.lines.last == "ended", "\(outcome)")
    if keys == "line" { #expect(outcome.output.contains("the child read: hello"), "\(outcome)") }
  }
}
