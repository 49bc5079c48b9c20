// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import TestSupport
import Testing

/// A process whose default executor is NIO's.
@Suite struct OtherExecutorTests {
  @Test(arguments: ["before", "run"])
  func `A loop that starts later runs scoped, and keeps its body`(_ way: String) throws {
    let outcome = try Program.run("OtherExecutor", [way])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.lines == [
        "installed: true", "on the loop: true", "a task of the language elsewhere: true",
      ], "\(outcome)")
    // A call of `run` beside other threads is scoped in any case.
    let isSaid = outcome.errors.contains("the event loop runs in scoped mode")
    #expect(isSaid == (way == "before"), "\(outcome)")
  }

  @Test func `Takeover is refused if it was asked for`() throws {
    let outcome = try Program.run("OtherExecutor", ["asked"])
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("takeover mode is not possible beside another executor"))
  }

  @Test func `An executor that comes while a loop has taken over is told of`() throws {
    let outcome = try Program.run("OtherExecutor", ["later"])
    #expect(outcome.lines.first == "installed: true", "\(outcome)")
    #expect(
      outcome.errors.contains("other code has set itself up as the process's default executor"),
      "\(outcome)")
  }
}
